CREATE TYPE tier AS ENUM ('gold');
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer, tier tier, weight double precision);
