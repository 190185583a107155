-- refused ORM0210 server
CREATE TABLE t (d jsonb NOT NULL DEFAULT '');
