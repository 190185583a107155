-- equal
CREATE TABLE a (x int, y int);
CREATE TABLE b (z int);
CREATE VIEW v AS SELECT * FROM (SELECT coalesce(x, 0) AS c1, coalesce(y, 0) AS c2 FROM a) q;
CREATE VIEW w (p, q) AS SELECT coalesce(x, 0), coalesce(y, 0) FROM a;
