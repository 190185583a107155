-- refused ORM0210 server
CREATE TABLE t (d date DEFAULT '2024-13-01');
