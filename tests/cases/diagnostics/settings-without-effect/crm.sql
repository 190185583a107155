CREATE DOMAIN total AS bigint;
CREATE TYPE period AS (starts date);
CREATE TABLE customers (id integer PRIMARY KEY, name text, note text, total total, period period);
