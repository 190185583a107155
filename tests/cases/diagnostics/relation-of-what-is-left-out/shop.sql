CREATE TABLE patrons (id integer PRIMARY KEY);
CREATE TABLE orders (id integer PRIMARY KEY, patron_id integer, payer_id integer);
CREATE TABLE cards (id integer PRIMARY KEY);
CREATE TABLE visits (patron_id integer);
CREATE TABLE calls (patron_id integer, made_on date) PARTITION BY RANGE (made_on);
CREATE TABLE calls_2026 PARTITION OF calls FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
