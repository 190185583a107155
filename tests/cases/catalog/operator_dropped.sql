-- equal
CREATE TABLE t (id int PRIMARY KEY, a text);
CREATE FUNCTION near(text, text) RETURNS bool LANGUAGE sql AS $$ SELECT true $$;
CREATE OPERATOR <~~> (LEFTARG = text, RIGHTARG = text, PROCEDURE = near, COMMUTATOR = <~~>);
CREATE VIEW seen AS SELECT id FROM t WHERE a <~~> 'x';
DROP OPERATOR IF EXISTS <~~> (int, int);
DROP OPERATOR <~~> (text, text) CASCADE;
