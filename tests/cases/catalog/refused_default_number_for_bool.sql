-- refused ORM0210 server
CREATE TABLE t (d boolean NOT NULL DEFAULT 0);
