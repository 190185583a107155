CREATE TABLE customers (id integer PRIMARY KEY, number integer);
CREATE TABLE lines (customer_id integer, line integer, PRIMARY KEY (customer_id, line));
