CREATE DOMAIN address AS text NOT NULL;
CREATE DOMAIN code AS text NOT NULL DEFAULT 'none';
CREATE TABLE customers (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  email address,
  number integer GENERATED ALWAYS AS IDENTITY,
  doubled bigint NOT NULL GENERATED ALWAYS AS (id * 2) STORED,
  since date NOT NULL DEFAULT current_date,
  code code,
  note text
);
CREATE VIEW named AS SELECT id, name FROM customers;
