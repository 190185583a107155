-- refused ORM0212
CREATE TYPE mood AS ENUM ('ok', 'low');
CREATE TABLE t (id int PRIMARY KEY, m mood);
CREATE FUNCTION is_it(mood, int) RETURNS bool LANGUAGE sql AS $$ SELECT true $$;
CREATE OPERATOR = (LEFTARG = mood, RIGHTARG = int, FUNCTION = is_it);
CREATE VIEW seen AS SELECT id FROM t WHERE id = 1;
DROP FUNCTION is_it(mood, int) CASCADE;
