CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE items (order_id bigint REFERENCES orders, line_no smallint, price integer NOT NULL, PRIMARY KEY (order_id, line_no));
CREATE TABLE picks (id bigint PRIMARY KEY, order_id bigint NOT NULL, line_no smallint NOT NULL);
CREATE VIEW totals AS SELECT order_id, sum(price) AS total FROM items GROUP BY order_id;
CREATE TABLE products (sku text PRIMARY KEY, related_sku text REFERENCES products);
CREATE TABLE tags (id integer PRIMARY KEY);
CREATE TABLE product_tags (sku text REFERENCES products, tag_id integer REFERENCES tags, PRIMARY KEY (sku, tag_id));
