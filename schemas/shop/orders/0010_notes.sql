-- Ten comes after five: migrations go by number, not by letter.
ALTER TABLE orders RENAME COLUMN note TO notes;
ALTER TABLE orders ALTER COLUMN notes SET DEFAULT '', ALTER COLUMN notes SET NOT NULL;
