-- equal
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE FUNCTION add_up(int, int) RETURNS int LANGUAGE sql AS $$ SELECT $1 + $2 $$;
CREATE AGGREGATE total (int) (SFUNC = add_up, STYPE = int, INITCOND = '0');
CREATE VIEW seen AS SELECT total(a) AS total FROM t;
DROP FUNCTION add_up(int, int) CASCADE;
