CREATE TABLE customers (id bigint PRIMARY KEY, score integer, price numeric(10, 2));
CREATE TYPE mood AS ENUM ('glad', 'sad');
