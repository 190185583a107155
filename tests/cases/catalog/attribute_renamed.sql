-- equal
CREATE TYPE c AS (x int, y text);
CREATE TYPE d AS (x int, z c, q c[]);
CREATE FUNCTION fc() RETURNS c LANGUAGE sql AS 'SELECT NULL::c';
CREATE DOMAIN dc AS c CHECK ((VALUE).x > 0);
CREATE TABLE o OF c (CHECK (x > 0));
CREATE TABLE t (
  a c DEFAULT ROW(1, 'a'),
  b d,
  x int DEFAULT (fc()).x,
  r o,
  v dc,
  n int GENERATED ALWAYS AS ((a).x + (b).x) STORED,
  CHECK ((a).x > 0),
  CHECK ((b).x > 0 AND ((b).z).x > 0 AND (b).z.x > 1 AND (b).q[1].x > 2),
  CHECK ((v).x > 0),
  CHECK ((r).x > 0),
  CHECK ((ROW(x, 'q')::c).x > 0)
);
CREATE INDEX ti ON t (((a).x)) WHERE (a).y IS NOT NULL;
ALTER TABLE t RENAME COLUMN x TO x2;
ALTER TYPE c RENAME ATTRIBUTE x TO "X x" CASCADE;
ALTER TYPE d RENAME ATTRIBUTE q TO r;
CREATE VIEW w AS SELECT (a)."X x", (b).x FROM t;
CREATE TABLE plain (i int, j int);
CREATE TABLE u (p plain, i int, CHECK ((p).i > 0), CHECK ((p).j > i));
ALTER TABLE plain RENAME COLUMN i TO k;
