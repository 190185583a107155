CREATE DOMAIN email AS text;
CREATE TABLE orders (id integer PRIMARY KEY, price numeric, email email, city text);
CREATE VIEW sales AS
    SELECT count(*) AS sold, array_agg(city) AS cities, max(price) AS price, max(email)::email AS email, max(city) AS city,
        dblink(1) AS later
    FROM orders;
