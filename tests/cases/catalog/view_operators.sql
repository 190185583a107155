-- equal
CREATE DOMAIN positive AS int;
CREATE TABLE t (id int, n numeric(10,2), p positive, d date, r daterange, a int[], b bytea, v varchar(20), m money);
CREATE VIEW kinds AS SELECT r << r AS before, d AT TIME ZONE 'UTC' AS zoned, a || 1::bigint AS longer, nullif('1', id) AS one,
    btrim(b, '\x00') AS trimmed, a[1:2] AS slice, n * 2 AS twice, m / 2 AS half, -2147483648 AS least, id ^ 2 AS square,
    nullif(n, 0) AS kept, v || n AS joined, coalesce(v, 'x') AS given, extract(year FROM d) AS year FROM t;
CREATE VIEW sums AS SELECT array_agg(p) AS all_p, sum(id) AS sum, avg(n) AS avg, max(v) AS max,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY n) AS median, range_agg(r) AS ranges FROM t;
CREATE VIEW rows_of AS SELECT x.* FROM ROWS FROM (generate_series(1, 2), unnest(ARRAY['a', 'b'])) AS x;
CREATE VIEW system AS SELECT c.oid, c.relname, c.relkind FROM pg_class c;
