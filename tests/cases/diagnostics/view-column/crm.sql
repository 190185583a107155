CREATE TYPE mood AS ENUM ('happy');
CREATE TABLE orders (id integer PRIMARY KEY, cents integer NOT NULL);
CREATE VIEW totals AS
    SELECT id, my_average(cents) AS average, my_best(cents) AS best, my_worst(cents) AS worst
    FROM orders GROUP BY id;
