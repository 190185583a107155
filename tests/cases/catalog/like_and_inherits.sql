-- equal
CREATE TABLE a (id int NOT NULL, n int);
CREATE TABLE d (LIKE a, extra int) INHERITS (a);
