CREATE DOMAIN code AS text NOT NULL;
CREATE TABLE orders (id integer PRIMARY KEY, total numeric NOT NULL, placed_at timestamptz NOT NULL, note text, code code);
CREATE TABLE "Log" (at timestamptz NOT NULL, line text);
CREATE VIEW totals AS SELECT id, total FROM orders;
-- The type of a table's column may be unknown too.
CREATE TABLE guesses AS SELECT mystery(total) AS guess FROM orders;
