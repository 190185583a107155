-- equal
CREATE TYPE mood AS ENUM ('ok', 'low');
CREATE TABLE t (id int PRIMARY KEY, m mood);
CREATE FUNCTION to_mood(int) RETURNS mood LANGUAGE sql AS $$ SELECT 'ok'::mood $$;
CREATE CAST (int AS mood) WITH FUNCTION to_mood(int) AS ASSIGNMENT;
CREATE CAST (integer AS mood[]) WITH INOUT;
DROP CAST (int4 AS mood[]);
DROP FUNCTION to_mood(int) CASCADE;
CREATE VIEW seen AS SELECT m FROM t;
