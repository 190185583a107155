-- equal
CREATE FUNCTION two(OUT a int, OUT b numeric(3,2)) LANGUAGE sql AS 'SELECT 1, 2.0';
CREATE FUNCTION rows(x anyelement) RETURNS TABLE (n int, l anyarray) LANGUAGE sql AS 'SELECT 1, ARRAY[x]';
CREATE FUNCTION unnamed(OUT anyelement, IN anyarray, OUT n anyarray) LANGUAGE sql AS 'SELECT $1[1], $1';
CREATE FUNCTION alone(OUT int) LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION alone_with_name(OUT x int) LANGUAGE sql AS 'SELECT 1';
CREATE TABLE j (id int, d jsonb, t text);
CREATE FUNCTION all_of() RETURNS SETOF j LANGUAGE sql AS 'SELECT * FROM j';
CREATE VIEW v1 AS SELECT (two()).*;
CREATE VIEW v2 AS SELECT (rows(id)).*, (rows('x'::text)).l AS texts, (rows(id)).l[1] AS first, (two()).b FROM j;
CREATE VIEW v3 AS SELECT (jsonb_each(d)).*, (jsonb_each_text(d)).value AS text FROM j;
CREATE VIEW v4 AS SELECT * FROM unnamed(ARRAY[1]), alone(), alone_with_name();
CREATE VIEW v5 AS SELECT (all_of()).*;
ALTER TABLE j ADD COLUMN later int;
CREATE VIEW v6 AS SELECT (all_of()).*, (unnamed(ARRAY[1])).column1 FROM j;
CREATE VIEW v7 AS SELECT t::text COLLATE "C" < 'b' AS a, length(max(t) COLLATE pg_catalog."C") AS m, (t || 'x') COLLATE "POSIX" < 'b' AS l
  FROM j GROUP BY t ORDER BY t::text COLLATE "C" DESC;
CREATE VIEW v10 AS SELECT t::varchar(3) COLLATE "C" < 'b' AS a, t::text AS b, t COLLATE "POSIX" AS c, (t) COLLATE "C" AS d FROM j;
CREATE FUNCTION one_column() RETURNS TABLE (a int) LANGUAGE sql AS 'SELECT 1';
CREATE VIEW v8 AS SELECT one_column() AS x, one_column.a AS y, one_column() + 1 AS z FROM one_column();
CREATE FUNCTION named(a int, b text DEFAULT 'x', OUT c int, OUT d text) LANGUAGE sql AS 'SELECT 1, $2';
CREATE VIEW v9 AS SELECT named.*, (named(a => 1)).d AS dd FROM named(b => 'x', a => 1);
