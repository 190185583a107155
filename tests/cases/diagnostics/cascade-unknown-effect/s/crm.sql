DO $$ DECLARE t text; BEGIN FOR t IN SELECT 'x' LOOP EXECUTE format('CREATE TABLE %I (id bigint)', t); END LOOP; END $$;
COMMENT ON TABLE customers IS 'x'; CREATE TABLE customers_2 (id bigint PRIMARY KEY REFERENCES customers, m mood);
