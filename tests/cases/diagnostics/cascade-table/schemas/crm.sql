CREATE TYPE mood AS ENUM ('happy', 'sad');
CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL UNIQUE
  settings jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE customers IS 'People who buy';
COMMENT ON COLUMN customers.name IS 'Name';
CREATE INDEX customers_name ON customers (name);
ALTER TABLE customers ADD COLUMN note text;
CREATE TABLE notes (
  id bigint PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers (id)
);
CREATE VIEW customer_notes AS SELECT c.name, n.id FROM customers c JOIN notes n ON n.customer_id = c.id;
CREATE FUNCTION f(c customers) RETURNS text LANGUAGE sql AS 'SELECT 1';
CREATE TRIGGER t BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION g();
GRANT SELECT ON customers TO PUBLIC;
CREATE TABLE kids () INHERITS (customers);
CREATE TABLE like_c (LIKE customers);
