-- refused ORM0212
CREATE TABLE a (id int PRIMARY KEY);
DO $$ DECLARE s text; BEGIN s := 'ALTER TABLE a ADD COLUMN extra int'; EXECUTE s; END $$;
