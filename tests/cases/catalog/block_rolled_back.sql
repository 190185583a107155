-- equal
CREATE TABLE a (p int);
DO $$ BEGIN
  ALTER TABLE a ADD COLUMN q int;
  ALTER TABLE a ADD COLUMN p int;
EXCEPTION WHEN duplicate_column THEN NULL; END $$;
