-- equal
CREATE TABLE a (id int, n int);
CREATE TABLE b (id int);
CREATE VIEW w AS SELECT q.zed FROM (SELECT x.n FROM a x JOIN b y USING (id)) AS q (zed);
