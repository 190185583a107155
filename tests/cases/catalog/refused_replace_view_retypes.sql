-- refused ORM0210 server
CREATE TABLE t (id int, d date);
CREATE VIEW v AS SELECT id, d FROM t;
CREATE OR REPLACE VIEW v AS SELECT id, 1.5 AS d FROM t;
