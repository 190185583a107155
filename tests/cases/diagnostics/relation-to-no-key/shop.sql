CREATE TABLE patrons (id integer PRIMARY KEY, name text NOT NULL, code text NOT NULL, email text);
CREATE UNIQUE INDEX ON patrons (email);
CREATE UNIQUE INDEX ON patrons (code) WHERE email IS NULL;
CREATE TABLE orders (id integer PRIMARY KEY, patron text, code text, patron_id integer);
CREATE TABLE lots (house text, number integer, PRIMARY KEY (house, number));
CREATE TABLE old_lines (line_id integer NOT NULL);
CREATE VIEW totals AS SELECT patron_id, count(*) AS orders FROM orders GROUP BY patron_id;
CREATE VIEW balances AS SELECT patron_id, count(*) AS orders FROM orders GROUP BY patron_id;
CREATE MATERIALIZED VIEW busy AS SELECT patron_id FROM orders;
