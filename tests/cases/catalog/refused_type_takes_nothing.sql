-- refused ORM0210 server
CREATE TABLE t (a text(4));
