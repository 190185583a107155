CREATE TABLE customers (
    id         integer PRIMARY KEY,
    region_id  integer REFERENCES region,
    zebra_id   integer REFERENCES zebras (id),
    other_id   integer REFERENCES regions (code),
    none       integer,
    FOREIGN KEY (nothing) REFERENCES regions
);
CREATE TABLE regions (id integer PRIMARY KEY);
