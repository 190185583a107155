-- equal
CREATE TABLE a (id int, n int);
CREATE TABLE b (id int);
CREATE VIEW v AS SELECT (SELECT n FROM a x JOIN b y USING (id) LIMIT 1) AS flag, 1 AS one FROM a;
