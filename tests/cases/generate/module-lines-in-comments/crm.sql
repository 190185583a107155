CREATE TABLE a (id integer PRIMARY KEY);
CREATE TABLE b (id integer PRIMARY KEY);
CREATE TABLE c (id integer PRIMARY KEY);
COMMENT ON TABLE a IS 'mod b;';
COMMENT ON COLUMN a.id IS 'pub mod c; mod a;';
COMMENT ON TABLE b IS 'mod c;
mod crm;';
