-- refused ORM0212
CREATE TABLE a (id int);
DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'nobody_has_this') THEN DROP TABLE a; END IF; END $$;
