-- refused ORM0210 server
CREATE TABLE m (id int, at date) PARTITION BY RANGE (at);
ALTER TABLE m DROP COLUMN at;
