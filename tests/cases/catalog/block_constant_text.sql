-- equal
CREATE TABLE a (id int);
DO $$ BEGIN EXECUTE 'ALTER TABLE a ADD COLUMN n int'; EXECUTE 'GRANT SELECT ON a TO ' || current_user; END $$;
