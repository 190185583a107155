-- refused ORM0208 server
CREATE TABLE t (id int PRIMARY KEY, a text);
CREATE FUNCTION near(text, text) RETURNS bool LANGUAGE sql AS $$ SELECT true $$;
CREATE OPERATOR <~~> (LEFTARG = text, RIGHTARG = text, FUNCTION = near);
CREATE VIEW seen AS SELECT id FROM t WHERE a <~~> 'x';
DROP OPERATOR <~~> (text, text);
