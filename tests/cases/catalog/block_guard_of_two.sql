-- equal
CREATE TABLE a (p int);
CREATE TABLE b (id int);
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'a' AND column_name = 'p') THEN
    ALTER TABLE a ADD COLUMN p int;
    ALTER TABLE b ADD COLUMN p_id int;
  END IF;
END $$;
