DROP TABLE orders;
DROP TABLE products;
DROP TABLE categories;
DROP TYPE order_status;
DROP DOMAIN sku;
DROP DOMAIN amount;
