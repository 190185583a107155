CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, cents integer NOT NULL);

CREATE VIEW names AS SELECT id, name, upper(name) AS loud FROM customers;
CREATE MATERIALIZED VIEW totals AS
    SELECT customer_id, count(*) AS orders, sum(cents) AS cents, my_average(cents) AS average
    FROM orders GROUP BY customer_id;
COMMENT ON MATERIALIZED VIEW totals IS 'What each customer bought.';
