-- Views, for the names and types of their columns.
CREATE EXTENSION hstore;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (x int, y varchar(5));
CREATE DOMAIN small AS numeric(4,1);
CREATE TABLE t (
    id bigint PRIMARY KEY, i2 int2, i4 int, i8 bigint, f4 real, f8 float8, n numeric(10,2), n0 numeric, txt text,
    vc varchar(20), ch char(3), b boolean, d date, ts timestamp(3), tz timestamptz, tm time, iv interval, j json,
    jb jsonb, u uuid, by bytea, m mood, p pair, s small, arr int[], tags varchar(10)[], r int4range, tsv tsvector,
    nm name, mon money, h hstore, cc text COLLATE "C", tzr tstzrange, ip inet
);
CREATE TABLE o (id bigint, t_id bigint REFERENCES t, label varchar(7), amount numeric(12,3), i4 int);
CREATE FUNCTION scalar(i int) RETURNS varchar LANGUAGE sql AS 'SELECT ''x''::varchar';
CREATE FUNCTION rows_of() RETURNS TABLE (k int, v mood) LANGUAGE sql AS 'SELECT 1, ''ok''::mood';
CREATE FUNCTION set_of() RETURNS SETOF o LANGUAGE sql AS 'SELECT * FROM o';
CREATE FUNCTION outs(OUT a int, OUT c text) LANGUAGE sql AS 'SELECT 1, ''x''';
CREATE VIEW v_star AS SELECT * FROM t;
CREATE VIEW v_qualified AS SELECT o.*, t.txt FROM t JOIN o ON o.t_id = t.id;
CREATE VIEW v_using AS SELECT i4, t.txt, label FROM t JOIN o USING (i4);
CREATE VIEW v_using_star (a) AS SELECT * FROM (SELECT id, vc FROM t) a FULL JOIN (SELECT id, label FROM o) b USING (id);
CREATE VIEW v_natural AS SELECT * FROM (SELECT id, i2 AS x FROM t) a NATURAL LEFT JOIN (SELECT i8 AS x, i4 FROM t) b;
CREATE VIEW v_names AS SELECT t.id, lower(txt), upper(vc) AS up, i4::text, 1::int4, 'x'::varchar(3) AS cast3, coalesce(vc, ''), nullif(vc, 'x'),
    greatest(i2, i8), CASE WHEN b THEN 1 ELSE 2 END, ARRAY[1, 2], EXISTS (SELECT 1), now(), count(*) OVER (),
    extract(year FROM d), substring(txt FROM 1 FOR 2), position('a' IN txt), trim(txt), current_date, current_user,
    date_trunc('day', tz), (p).x, arr[1], row_number() OVER (ORDER BY id)
    FROM t;
CREATE VIEW v_names2 AS SELECT (SELECT max(id) FROM o), (SELECT label AS lab FROM o LIMIT 1), ARRAY(SELECT label FROM o), b::int,
    least(n, 1), current_timestamp, localtimestamp, tz AT TIME ZONE 'utc', least(1, 2.5) AS l2, ltrim(txt), rtrim(vc), overlay(txt placing 'x' from 1),
    CASE WHEN b THEN txt ELSE vc END, interval '1 day', date '2020-01-01', session_user, true, floor(n), ceil(f8)
    FROM t;
CREATE VIEW v_literals (a, b, c, d, e, f, g, h, i, j) AS SELECT 1, 1.5, 'x', NULL, true, 3000000000, 99999999999999999999, B'101', E'x', 1e3;
CREATE VIEW v_arith AS SELECT i2 + i2 AS a, i2 + i4 AS b, i4 * i8 AS c, i4 + n AS d, n / 2 AS e, f4 + f4 AS f, f4 + i4 AS g, f4 * n AS h,
    f8 - 1 AS i, i4 / 2 AS j, i4 % 2 AS k, -n AS l, n ^ 2 AS m, i4 ^ 2 AS o, i4 + 1.5 AS q, i4 + '1' AS r, n - s AS x, s * 2 AS y, @ i4 AS z, i4 & 3 AS aa, i8 << 1 AS ab, |/ f8 AS ac,
    i8 + 1 AS ad, i2 * 2 AS ae, mon * 2 AS af, mon / mon AS ag FROM t;
CREATE VIEW v_dates AS SELECT d + 1 AS a, d - d AS b, d + iv AS c, ts - ts AS d, tz - tz AS e, tz + iv AS f, tz - interval '1 day' AS g, iv * 2 AS h,
    d + tm AS i, tm - tm AS j, ts + '1 day' AS k, age(tz) AS l, date_trunc('month', d) AS m, date_trunc('month', ts) AS n, date_part('year', tz) AS o, to_char(tz, 'YYYY') AS p,
    d::timestamp AS q, now()::date AS r, now() - tz AS s, extract(epoch FROM now() - tz) AS t, make_interval(days => 1) AS u, ts AT TIME ZONE 'utc' AS v, tz::time(2) AS w, CURRENT_DATE - d AS x, d - iv AS y, justify_days(iv) AS z, to_timestamp(1) AS aa, '2020-01-01'::timestamptz(2) AS ab FROM t;
CREATE VIEW v_text AS SELECT txt || vc AS a, vc || vc AS b, txt || i4 AS c, 'x' || id AS d, ch || 'x' AS e, length(txt) AS f, md5(txt) AS g, left(vc, 2) AS h,
    split_part(txt, ',', 1) AS i, string_to_array(txt, ',') AS j, regexp_replace(txt, 'a', 'b') AS k, concat(txt, i4) AS l, format('%s', i4) AS m, txt LIKE 'x%' AS n, txt ~ 'x' AS o,
    initcap(vc) AS p, encode(by, 'hex') AS q, decode(txt, 'hex') AS r, by || by AS s, arr || 1 AS t, arr || arr AS u, 1 || arr AS v, array_to_string(arr, ',') AS w, nm || 'x' AS x, cc, cc COLLATE "POSIX" AS y, tsv @@ to_tsquery('x') AS z, to_tsvector(txt) AS aa, 'a' || 'b' AS ab, jb || jb AS ac, tsv || tsv AS ad FROM t;
CREATE VIEW v_json AS SELECT j -> 'a' AS a, jb -> 'a' AS b, jb ->> 'a' AS c, j #>> '{a}' AS d, jb #> '{a}' AS e, jb @> '{}' AS f, jb ? 'a' AS g, (jb ->> 'x')::int AS h,
    jsonb_build_object('a', 1) AS i, to_jsonb(t) AS j, json_build_array(1) AS k, row_to_json(t) AS l, jb - 'a' AS m, jb['a'] AS n, jsonb_typeof(jb) AS o, jsonb_array_length(jb) AS p FROM t;
CREATE VIEW v_aggregates AS SELECT m, count(*) AS a, count(DISTINCT id) AS b, sum(i2) AS c, sum(i4) AS d, sum(i8) AS e, sum(n) AS f, sum(f4) AS g, sum(f8) AS h, sum(iv) AS i,
    avg(i4) AS j, avg(f4) AS k, avg(n) AS l, min(vc) AS n, max(ch) AS o, min(d) AS p, max(tz) AS q, max(m) AS r, max(n) AS n2, array_agg(vc) AS t, array_agg(i4 ORDER BY id) AS u, array_agg(arr) AS v,
    string_agg(txt, ',') AS w, bool_and(b) AS x, every(b) AS y, json_agg(t) AS z, jsonb_agg(id) AS aa, jsonb_object_agg(txt, id) AS ab, stddev(i4) AS ac, variance(f8) AS ad, percentile_cont(0.5) WITHIN GROUP (ORDER BY n) AS ae,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY d) AS af, mode() WITHIN GROUP (ORDER BY vc) AS ag, count(*) FILTER (WHERE b) AS ah, max(arr) AS ai, min(ts) AS aj, array_agg(m) AS ak, sum(mon) AS al, corr(f8, f8) AS am, bit_and(i4) AS an
    FROM t GROUP BY m HAVING count(*) > 1;
CREATE VIEW v_windows AS SELECT lag(n) OVER w AS a, first_value(vc) OVER w AS b, ntile(4) OVER w AS c, rank() OVER w AS d, percent_rank() OVER w AS e, sum(i4) OVER (PARTITION BY m) AS f, lead(ts, 1) OVER w AS g, nth_value(d, 2) OVER w AS h FROM t WINDOW w AS (ORDER BY id);
CREATE VIEW v_case AS SELECT CASE WHEN b THEN vc ELSE vc END AS a, CASE WHEN b THEN n END AS b, CASE WHEN b THEN 1 ELSE 1.5 END AS c, CASE WHEN b THEN 'x' ELSE NULL END AS d,
    CASE m WHEN 'ok' THEN d ELSE ts END AS e, coalesce(vc, txt) AS f, coalesce(txt, vc) AS f2, coalesce(i4, i8, 0) AS g, coalesce(n, 0) AS h, coalesce(f4, n) AS i, nullif(n, 0) AS j, coalesce(m, 'ok') AS k, greatest(d, tz) AS l, coalesce(s, 0) AS o, coalesce(s, s) AS p, coalesce(vc, vc) AS q, least(vc, 'x') AS r, coalesce(arr, '{}') AS z, coalesce(ch, 'x') AS y, coalesce(nullif(i4, 0), 1) AS x,
    coalesce(jb, '{}'::jsonb) AS w, coalesce(sum_n, 0) AS v FROM t, (SELECT sum(n) AS sum_n FROM t) agg;
CREATE VIEW v_union AS SELECT id, vc, n, NULL AS nil, 'x' AS lit, i4 AS num, d AS moment, txt AS t1 FROM t UNION ALL SELECT id, vc, n, 'y', 'z', 1.5, tz, NULL FROM t;
CREATE VIEW v_union2 AS SELECT vc AS a, n AS b, NULL AS c FROM t UNION SELECT label, amount, id FROM o;
CREATE VIEW v_values (a, b) AS VALUES (1, 'x'), (2.5, NULL);
CREATE VIEW v_cte AS WITH a AS (SELECT id, sum(n) AS total FROM t GROUP BY id), b (x, y) AS (SELECT id, total FROM a) SELECT a.*, b.y FROM a JOIN b ON a.id = b.x;
CREATE VIEW v_recursive AS WITH RECURSIVE r AS (SELECT 1 AS n, 'x'::text AS path UNION ALL SELECT r.n + 1, r.path || 'y' FROM r WHERE r.n < 5) SELECT * FROM r;
CREATE RECURSIVE VIEW v_recursive2 (n, label) AS SELECT 1, label FROM o UNION ALL SELECT n + 1, label FROM v_recursive2 WHERE n < 3;
CREATE VIEW v_subquery AS SELECT s.*, s.total * 2 AS twice, (SELECT count(*) FROM o WHERE o.t_id = s.id) AS orders FROM (SELECT id, sum(i4) AS total FROM t GROUP BY id) s;
CREATE VIEW v_lateral AS SELECT t.id, l.x, g, e.key, e.value, u.a, u.o FROM t, LATERAL (SELECT t.n * 2 AS x) l, generate_series(1, 3) g, jsonb_each(t.jb) e, unnest(t.tags) WITH ORDINALITY u(a, o);
CREATE VIEW v_functions AS SELECT scalar(1), r.k, r.v, s.label, x.a, x.c FROM rows_of() r, set_of() s, outs() x;
CREATE VIEW v_functions_star AS SELECT * FROM rows_of();
CREATE VIEW v_series AS SELECT day, day::date AS d, n FROM generate_series(now(), now(), interval '1 day') AS day, generate_series(1::bigint, 3) AS n;
CREATE VIEW v_record AS SELECT a, b FROM json_to_recordset('[]') AS x(a int, b varchar(3));
CREATE VIEW v_composite AS SELECT p, (p).y AS y1, (p).*, t AS whole, (t).id AS t_id FROM t;
CREATE VIEW v_misc AS SELECT u, gen_random_uuid() AS g, lower(r) AS lo, upper(tzr) AS hi, r && r AS ov, int4range(1, 2) AS ir, abs(n) AS ab, round(n, 1) AS r1, round(f8) AS r2, round(i4) AS r3, ceil(n) AS c1, floor(f8) AS f1, sqrt(n) AS sq, sqrt(i4) AS sq2, power(i4, 2) AS po, mod(i4, i8) AS md, trunc(n) AS tr, random() AS rn, sign(i4) AS sg,
    array_length(arr, 1) AS al, cardinality(arr) AS ca, arr[1:2] AS sl, tags[1] AS tg, array_append(arr, 1) AS ap, unnest(arr) AS un, array_remove(tags, 'x') AS ar, pg_typeof(id) AS ty, ROW(1, 2) = ROW(1, 2) AS ro, b IS NOT TRUE AS nt, id IN (1, 2) AS i_n, id BETWEEN 1 AND 2 AS be, NOT b AS no, id = ANY (ARRAY[1]) AS an, h -> 'x' AS hx, host(ip) AS ho, ip <<= '10.0.0.0/8' AS sub, mod(n, 2) AS mn, exp(f8) AS ex, ln(n) AS ln, width_bucket(n, 1, 2, 3) AS wb, ts_rank(tsv, 'x') AS tk, setweight(tsv, 'A') AS sw FROM t;
CREATE VIEW v_of_view AS SELECT v.up, v.coalesce, v."case" FROM v_names v;
CREATE VIEW v_system AS SELECT c.relname::text AS relname, c.oid::int8 AS oid FROM pg_catalog.pg_class c;
CREATE OR REPLACE VIEW v_cte AS SELECT 1::bigint AS id, 2.5::numeric AS total, 1::numeric AS y, 'more'::text AS more;
CREATE MATERIALIZED VIEW mv AS SELECT id, vc FROM t WITH NO DATA;
CREATE UNIQUE INDEX ON mv (id);
CREATE VIEW v_array AS SELECT ARRAY[vc, vc] AS a, ARRAY[vc, NULL] AS b, ARRAY(SELECT vc FROM t) AS c, array_agg(vc) OVER () AS d FROM t;
CREATE VIEW v_check WITH (security_barrier = true) AS SELECT id, txt FROM t WHERE b WITH CASCADED CHECK OPTION;
CREATE VIEW v_table AS TABLE o;
CREATE VIEW v_distinct AS SELECT DISTINCT ON (m) m, id FROM t ORDER BY m, id DESC LIMIT 3;
CREATE VIEW v_grouping AS SELECT m, b, grouping(m, b), count(*) FROM t GROUP BY ROLLUP (m, b);
CREATE VIEW v_nested_join AS SELECT x.label, y.txt FROM (o x JOIN t y ON x.t_id = y.id) LEFT JOIN (o z CROSS JOIN t w) ON z.id = x.id;
CREATE VIEW v_join_alias AS SELECT j.a, j.b FROM ((SELECT id, vc FROM t) q CROSS JOIN (SELECT label FROM o) w) AS j(a, b, c);
CREATE TEMP VIEW v_temporary AS SELECT 1 AS a;
CREATE VIEW v_intersect AS (SELECT id FROM t EXCEPT SELECT t_id FROM o) INTERSECT SELECT 1;
COMMENT ON VIEW v_star IS 'All'; COMMENT ON COLUMN v_star.id IS 'Id'; COMMENT ON MATERIALIZED VIEW mv IS 'Kept';
ALTER VIEW v_of_view RENAME COLUMN up TO upp; ALTER VIEW v_of_view RENAME TO v_of_views; ALTER VIEW v_star ALTER COLUMN id SET DEFAULT 1;
ALTER TABLE o RENAME COLUMN label TO tag;
ALTER TABLE o DROP COLUMN amount CASCADE;
-- In forms that the server prints and sqlparser does not read.
CREATE VIEW v_printed AS SELECT TRIM(BOTH FROM t.txt) AS a, t.*::public.t AS b, (t.p).* FROM ONLY public.t ORDER BY 1 FETCH FIRST (5) ROWS WITH TIES;
CREATE VIEW v_outline AS SELECT DISTINCT q.a, count(*) AS n, 'x'::varchar(3), q.b IS DISTINCT FROM 1 AS c, substring('x' SIMILAR 'a' ESCAPE 'b') AS d, q.a + 1 e
    FROM ROWS FROM (generate_series(1, 2), generate_series(1, 3)) AS q(a, b) GROUP BY q.a, q.b;
CREATE VIEW v_scalar AS SELECT e FROM t, jsonb_array_elements(t.jb) e;
CREATE VIEW v_clock AS SELECT current_timestamp(3) AS a, localtimestamp(0) AS b, interval '1' year AS c;
-- SQL/JSON, with PostgreSQL 16 and 17.
CREATE VIEW v_sql_json AS SELECT JSON_OBJECT('a': i4) AS a, JSON_OBJECT('a' VALUE i4 ABSENT ON NULL WITH UNIQUE KEYS RETURNING jsonb) AS b, JSON_ARRAY(1, NULL ABSENT ON NULL) AS c, JSON_ARRAY() AS d,
    JSON_ARRAY(SELECT i4 FROM t RETURNING jsonb) AS e, JSON_VALUE(jb, '$.a' RETURNING numeric(5,2) DEFAULT 0 ON EMPTY) AS f, JSON_VALUE(jb, '$.a'), JSON_QUERY(jb, '$.a' WITH WRAPPER) AS g,
    JSON_QUERY(jb, '$.a' RETURNING text OMIT QUOTES EMPTY ARRAY ON ERROR) AS h, JSON_EXISTS(jb, '$.a ? (@ > $x)' PASSING i4 AS x) AS i, JSON_SERIALIZE(jb RETURNING bytea) AS k, JSON_SCALAR(1) AS l, JSON('{}' WITH UNIQUE KEYS) AS m FROM t;
CREATE VIEW v_json_groups AS SELECT JSON_OBJECTAGG('k': id RETURNING jsonb) AS a, JSON_OBJECTAGG(txt VALUE i4) AS b, JSON_ARRAYAGG(i4 ORDER BY i4 RETURNING jsonb) AS c, JSON_ARRAYAGG(i4 ORDER BY id) FILTER (WHERE id > 1) AS d FROM t;
