-- refused ORM0210 server
CREATE TABLE p (a int); CREATE TABLE q (a int); CREATE TABLE c () INHERITS (p, q);
ALTER TABLE p ALTER COLUMN a TYPE bigint;
