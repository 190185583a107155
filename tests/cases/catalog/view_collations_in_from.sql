-- equal
-- What a function gives, and a column of VALUES, has the collation of what it is made of.
CREATE TABLE t (c text COLLATE "C", p varchar(9) COLLATE "POSIX", d text, l text[] COLLATE "C");
CREATE FUNCTION one(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION rows(text) RETURNS TABLE (a text, b int) LANGUAGE sql AS 'SELECT $1, 1';
CREATE FUNCTION whole() RETURNS SETOF t LANGUAGE sql AS 'SELECT * FROM t';
CREATE VIEW lists AS SELECT u, w, x.e, x.n FROM t, unnest(ARRAY[c]) AS u, unnest(l) AS w, unnest(l, ARRAY[p]) WITH ORDINALITY AS x (e, f, n);
CREATE VIEW calls AS SELECT r, o, q.a, s.c, s.p, s.d FROM t, regexp_split_to_table(c, 'x') AS r, one(p) AS o, rows(c) AS q, whole() AS s;
CREATE VIEW several AS SELECT z.* FROM t, ROWS FROM (one(c), regexp_split_to_table(d, 'x')) AS z (a, b);
CREATE VIEW listed AS SELECT v.* FROM t, LATERAL (VALUES (c, p, d, 1, 'a' COLLATE "C"), (d, d, d, 2, 'b')) AS v;
CREATE VIEW alone AS VALUES ('a' COLLATE "C", 1, 'x'), ('b', 2, 'y');
CREATE VIEW by_name AS WITH w (k) AS (VALUES ('a' COLLATE "POSIX")) SELECT k, lower(k) AS m FROM w;
CREATE VIEW json AS SELECT j.key, j.value, e FROM json_each_text('{}') AS j, jsonb_array_elements_text('[]') AS e;
