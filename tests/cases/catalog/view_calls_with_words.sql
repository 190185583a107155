-- equal
-- Calls that have words between their arguments.
CREATE TABLE t (id int, v varchar(20), c text COLLATE "C", x xml);
CREATE VIEW serialized AS SELECT
  xmlserialize(content x AS text), xmlserialize(document x AS character varying) AS s, xmlserialize(content '<a/>' AS varchar(9)) AS n
FROM t;
CREATE VIEW exists_in AS SELECT xmlexists('a' PASSING x), xmlexists('//b' PASSING BY REF x BY REF) AS e,
  xmlexists('c' PASSING BY VALUE x) AS g FROM t;
CREATE VIEW similar_to AS SELECT
  substring(v SIMILAR '%#"a#"%' ESCAPE '#'), substring(c SIMILAR 'a' ESCAPE '#') AS s, v SIMILAR TO 'a' ESCAPE '#' AS p, v LIKE 'a' ESCAPE '#' AS l,
  substring(c FROM 'a' FOR '#') AS f
FROM t;
CREATE VIEW prefixes AS SELECT
  OPERATOR(pg_catalog.-) id, OPERATOR(pg_catalog.@) (id - 5) AS a, id - OPERATOR(pg_catalog.-) id AS b,
  abs(OPERATOR(pg_catalog.-) id) AS c
FROM t WHERE OPERATOR(pg_catalog.-) id < 3;
CREATE VIEW declared AS SELECT *
  FROM ROWS FROM (json_to_record('{}') AS (a int, b varchar(3)), generate_series(1, 2), json_to_recordset('[]') AS (d numeric(4,2), "E" text[])) AS q;
CREATE VIEW declared_names AS SELECT q.m, q.n, q.ordinality
  FROM ROWS FROM (json_to_record('{}') AS (a int, b text COLLATE "C")) WITH ORDINALITY AS q (m, n);
