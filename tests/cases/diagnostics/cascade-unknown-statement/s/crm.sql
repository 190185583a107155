CREATE TYPE mood AS ENUM ('a');
CREAT TABLE customers (id bigint PRIMARY KEY, name text, settings jsonb, m mood);
COMMENT ON TABLE customers IS 'x';
