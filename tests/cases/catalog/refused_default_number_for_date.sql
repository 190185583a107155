-- refused ORM0210 server
CREATE TABLE t (d date DEFAULT 1);
