CREATE TABLE orders (id bigint PRIMARY KEY, customer_ids bigint[] NOT NULL);
