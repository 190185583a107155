CREATE TABLE customers (id integer PRIMARY KEY, old_id integer UNIQUE);
