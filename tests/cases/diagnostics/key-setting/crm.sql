CREATE TABLE customers (id integer PRIMARY KEY, name text);
CREATE TABLE logs (at timestamptz NOT NULL, line text NOT NULL);
CREATE TABLE notes (number integer);
CREATE VIEW names AS SELECT id, name FROM customers;
