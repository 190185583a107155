CREATE TYPE mood AS ENUM ('a'); COMMENT ON TYPE mood IS 'x; 
CREATE TABLE customers (id bigint PRIMARY KEY, settings jsonb, m mood);
