-- equal
CREATE TABLE a (id int); CREATE TYPE mood AS ENUM ('x');
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = 'mood' AND n.nspname = 'public') THEN
    CREATE TYPE mood AS ENUM ('y');
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid WHERE t.typname = 'mood' AND e.enumlabel = 'z') THEN
    ALTER TABLE a ADD COLUMN m mood;
  END IF;
END $$;
