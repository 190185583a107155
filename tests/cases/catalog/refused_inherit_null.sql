-- refused ORM0210 server
CREATE TABLE p (id int NOT NULL);
CREATE TABLE c (id int);
ALTER TABLE c INHERIT p;
