CREATE TYPE mood AS ENUM ('a');CREATE TABLE customers (id bigint PRIMARY KEY, name text, settings jsonb, m mood); 
ALTER TABLE customers ADD COLUMN email text NUL;
CREATE UNIQUE INDEX ON customers (email); ALTER TABLE customers ALTER email SET NOT NULL; CREATE VIEW customers_v AS SELECT email, upper(email) AS u FROM customers; CREATE VIEW customers_w AS SELECT email FROM customers_v; CREATE TABLE customers_l (LIKE customers); CREATE INDEX ON customers_l (email); COMMENT ON COLUMN customers_l.email IS 'x'; CREATE TABLE customers_r (id int primary key, email text references customers (email));
