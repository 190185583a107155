-- refused ORM0210 server
CREATE TABLE t (a int, b int);
CREATE VIEW v AS SELECT a FROM t UNION SELECT a, b FROM t;
