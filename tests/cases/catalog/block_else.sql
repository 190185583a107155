-- equal
CREATE TABLE a (p int);
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'a'::regclass AND attname = 'q') THEN
    ALTER TABLE a DROP COLUMN q;
  ELSIF to_regclass('b') IS NULL THEN
    CREATE TABLE b (id int);
  ELSE
    DROP TABLE a;
  END IF;
END $$;
