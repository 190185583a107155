CREATE TABLE customers (id integer PRIMARY KEY);
CREATE TABLE customer (id integer PRIMARY KEY, of integer REFERENCES customers);
