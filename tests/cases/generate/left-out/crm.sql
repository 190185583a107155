CREATE TABLE regions (id integer PRIMARY KEY);
-- Its key points to a table that is no model: the column stays, the relation goes.
CREATE TABLE customers (id integer PRIMARY KEY, region_id integer REFERENCES regions, shape aclitem);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer REFERENCES customers);
