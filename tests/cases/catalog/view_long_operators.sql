-- equal
CREATE EXTENSION ltree;
CREATE TABLE t (a ltree, b int, c ltree[]);
CREATE VIEW v AS SELECT a ^<@ a AS below, b*-1 AS negative, b<-1 AS less, b>=-1 AS more, c ?@> a AS found, b ^ -2 AS power FROM t;
