-- refused ORM0212
CREATE TYPE mood AS ENUM ('ok', 'low');
CREATE TABLE t (id int PRIMARY KEY, m mood);
CREATE FUNCTION to_mood(int) RETURNS mood LANGUAGE sql AS $$ SELECT 'ok'::mood $$;
CREATE CAST (int AS mood) WITH FUNCTION to_mood(int);
CREATE VIEW seen AS SELECT id::mood AS m FROM t;
DROP FUNCTION to_mood(int) CASCADE;
