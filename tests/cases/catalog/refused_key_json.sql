-- refused ORM0210 server
CREATE TABLE t (a int, d json, UNIQUE (a, d));
