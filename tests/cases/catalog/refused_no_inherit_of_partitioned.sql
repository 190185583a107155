-- refused ORM0210 server
CREATE TABLE t (a int, CHECK (a > 0) NO INHERIT) PARTITION BY LIST (a);
