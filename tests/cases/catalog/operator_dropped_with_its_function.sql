-- equal
CREATE TYPE mood AS ENUM ('ok', 'low');
CREATE TABLE t (id int PRIMARY KEY, m mood);
CREATE FUNCTION like_it(mood, int) RETURNS bool LANGUAGE sql AS $$ SELECT true $$;
CREATE OPERATOR === (LEFTARG = mood, RIGHTARG = int, FUNCTION = like_it);
CREATE VIEW seen AS SELECT id FROM t WHERE m === 1;
CREATE VIEW other AS SELECT id FROM t;
DROP FUNCTION like_it(mood, int) CASCADE;
