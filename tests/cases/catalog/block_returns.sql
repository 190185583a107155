-- equal
CREATE TABLE a (p int);
DO $$ BEGIN
  IF (SELECT count(*) FROM information_schema.columns WHERE table_name = 'a') = 1 THEN RETURN; END IF;
  DROP TABLE a;
END $$;
