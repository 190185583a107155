CREATE TABLE orders (
    id           integer PRIMARY KEY,
    customer_id  integer NOT NULL REFERENCES customers (id)
);
ALTER TABLE orders ADD COLUMN seller_id integer;
ALTER TABLE orders ADD CONSTRAINT orders_seller_fkey FOREIGN KEY (seller_id) REFERENCES customers;
