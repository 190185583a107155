-- asks
-- What only the outline of is read (here for SEARCH): WITHIN GROUP and its alias are one column.
CREATE TABLE a (id int);
CREATE VIEW v AS
WITH RECURSIVE t (n) AS (SELECT id FROM a UNION ALL SELECT n + 1 FROM t WHERE n < 9) SEARCH DEPTH FIRST BY n SET o
SELECT mode() WITHIN GROUP (ORDER BY n) AS most, percentile_cont(0.5) WITHIN GROUP (ORDER BY n) half FROM t;
