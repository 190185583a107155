-- equal
CREATE TABLE t (id int);
CREATE MATERIALIZED VIEW m AS SELECT id FROM t;
CREATE VIEW v AS SELECT id, ctid, xmin, t.cmax, tableoid, tableoid::regclass AS r FROM t;
CREATE VIEW w AS SELECT a.ctid, b.xmax FROM t a, t b;
CREATE VIEW x AS SELECT m.tableoid, ctid AS place, id FROM m, generate_series(1, 2) AS g;
CREATE OR REPLACE VIEW x AS SELECT m.tableoid, ctid AS place, id, 1 AS more FROM m, generate_series(1, 2) AS g;
