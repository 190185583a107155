CREATE TABLE leases (id integer PRIMARY KEY);
