-- asks
CREATE TABLE t (a int, b int);
CREATE FUNCTION both_of(int, int) RETURNS bigint LANGUAGE sql AS 'SELECT $1::bigint';
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = both_of);
CREATE VIEW v AS SELECT a === b AS c FROM t;
