CREATE TYPE mood AS ENUM ('a'); 
CREATE TABLE customers (id bigint PRIMARY KEY, name text, settings jsonb, m mood;
CREATE INDEX i ON customers (name); COMMENT ON INDEX i IS 'x;
