CREATE TABLE customers (id integer PRIMARY KEY, "customerId" integer, customer_id integer);
CREATE TABLE "Customers" (id integer PRIMARY KEY);
CREATE TYPE "Mood" AS ENUM ('happy', 'Happy');
CREATE TYPE mood AS ENUM ('sad');
CREATE TYPE customer AS (name text);
CREATE TABLE copies (id integer PRIMARY KEY);
-- Its own name: nothing is changed.
CREATE TABLE option_rows (id integer PRIMARY KEY);
