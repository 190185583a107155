CREATE TYPE mood AS ENUM ('a');
CREATE TABLE customers (id bigint PRIMARY, name text);
CREATE TABLE other (id bigint PRIMARY KEY, x nosuch);
ALTER TABLE othr ADD y int;
CREATE TABLE customers_3 (id bigint, customer bigint REFERENCES customers PRIMARY);
ALTER TABLE customers ADD COLUMN email text NUL;
