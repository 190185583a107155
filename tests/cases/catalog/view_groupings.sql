-- equal
-- Elements of groupings that begin with parentheses and go on, groupings within groupings, and the alias of USING.
CREATE TYPE address AS (street text, number int);
CREATE TABLE a (id int, v text, d date, t timestamptz, b int);
CREATE TABLE b (id bigint, home address, list int[]);
CREATE VIEW field AS
SELECT (home).number AS n, mode() WITHIN GROUP (ORDER BY id) AS m, count(*) FROM b GROUP BY ROLLUP ((home).number);
CREATE VIEW subscript AS
WITH c AS (SELECT (ARRAY[id, 1])[1] AS first FROM a GROUP BY CUBE ((ARRAY[id, 1])[1])) SELECT * FROM c;
CREATE VIEW sets AS
SELECT id, v, d, grouping(id, v) FROM a GROUP BY GROUPING SETS (ROLLUP (id, v), CUBE (d, (id, v)), (), ((d)::text));
CREATE VIEW once AS SELECT id FROM a GROUP BY DISTINCT id;
CREATE VIEW merged AS SELECT u.*, u.id AS also, v FROM a JOIN b USING (id) AS u;
CREATE VIEW overlaps_unnamed AS SELECT ((t, t) OVERLAPS (now(), now())) FROM a;
CREATE VIEW names AS SELECT v IS NORMALIZED, COLLATION FOR (v) FROM a;
CREATE VIEW names_not AS SELECT v IS NOT NORMALIZED FROM a;
