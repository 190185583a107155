CREATE TABLE customers (id integer PRIMARY KEY, name text);
CREATE TABLE orders (id integer PRIMARY KEY);
CREATE TABLE calls (id integer, made_on date) PARTITION BY RANGE (made_on);
CREATE TABLE calls_2026 PARTITION OF calls FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
