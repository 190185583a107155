-- equal
-- Computed columns have the collation of what they are computed from.
CREATE DOMAIN dc AS text COLLATE "POSIX";
CREATE COLLATION own FROM "C";
CREATE TABLE t (
  id int, c text COLLATE "C", p varchar(9) COLLATE "POSIX", d text, n name, list text[] COLLATE "C", dc dc,
  k char(3) COLLATE "C", j jsonb
);
CREATE VIEW operators AS
SELECT c || 'x' AS a, d || c AS b, j ->> 'a' AS e, j ->> c AS f, n || 'a' AS g, dc || 'a' AS h, k || 'a' AS i, dc FROM t;
CREATE VIEW calls AS
SELECT lower(p) AS a, concat(n, d) AS b, concat(id, d) AS e, replace(d, c, 'x') AS f, upper(dc) AS g, trim(c) AS h,
  substring(c from 1) AS i, coalesce(c, d) AS k, nullif(c, d) AS l, greatest(c, 'a') AS m, length(c)::text AS o
FROM t;
CREATE VIEW casts AS
SELECT d::varchar COLLATE "C" AS a, lower(d)::character varying(3) COLLATE "POSIX" AS b, n::text AS e, c::name AS f,
  t.d::text::varchar COLLATE "C" AS g, (c = 'a')::text AS h, (c COLLATE "POSIX") || d AS i, (d)::text COLLATE own AS k
FROM t WHERE d::text COLLATE "C" > 'a' AND (id)::text COLLATE "C" < 'b';
CREATE VIEW conditions AS
SELECT CASE WHEN c > 'a' THEN d END AS a, CASE WHEN d > 'a' THEN c ELSE 'x' END AS b FROM t;
CREATE VIEW aggregates AS
SELECT max(c) AS a, string_agg(d, c) AS b, array_agg(c) AS e, min(p) FILTER (WHERE c > 'a') AS f,
  mode() WITHIN GROUP (ORDER BY c) AS g
FROM t;
CREATE VIEW lists AS
SELECT list[1] AS a, list[1:2] AS b, ARRAY[c, d] AS e, (SELECT c FROM t LIMIT 1) AS f, ARRAY(SELECT c FROM t) AS g,
  lag(c) OVER () AS h, current_user::text AS i, current_user AS k
FROM t;
CREATE VIEW sets AS SELECT c AS x FROM t UNION SELECT d FROM t;
CREATE VIEW sets_of_names AS SELECT d AS x FROM t UNION ALL SELECT n FROM t;
CREATE VIEW both_sides AS SELECT c FROM (SELECT d AS c FROM t) a FULL JOIN (SELECT c FROM t) b USING (c);
CREATE VIEW right_side AS SELECT c FROM (SELECT d AS c FROM t) a RIGHT JOIN (SELECT c FROM t) b USING (c);
CREATE VIEW standard AS SELECT table_name || 'x' AS a, upper(data_type) AS b FROM information_schema.columns;
CREATE TABLE made AS SELECT a, b, e || a AS z FROM operators;
