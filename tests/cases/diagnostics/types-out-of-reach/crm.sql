CREATE TABLE customers (id bigint PRIMARY KEY, score integer, price numeric(10, 2));
