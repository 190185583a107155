-- refused ORM0210 server
CREATE TABLE p (id int);
CREATE TABLE c () INHERITS (p);
ALTER TABLE ONLY p ADD e int;
