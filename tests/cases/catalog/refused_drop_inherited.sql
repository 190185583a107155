-- refused ORM0210 server
CREATE TABLE p (a int, b int);
CREATE TABLE c () INHERITS (p);
ALTER TABLE c DROP COLUMN a;
