-- equal
CREATE TABLE a (id int, -- one n int);
