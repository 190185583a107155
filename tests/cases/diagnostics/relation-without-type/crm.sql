CREATE TABLE customers (id numeric PRIMARY KEY, score double precision UNIQUE, code varchar(4) UNIQUE, tags text[] UNIQUE);
CREATE TABLE orders (
    id           integer PRIMARY KEY,
    customer_id  integer REFERENCES customers,
    score        double precision REFERENCES customers (score),
    code         char(4) REFERENCES customers (code),
    tags         text[] REFERENCES customers (tags)
);
