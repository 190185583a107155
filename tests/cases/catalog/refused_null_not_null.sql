-- refused ORM0210 server
CREATE TABLE t (a int NULL NOT NULL);
