-- equal
CREATE VIEW columns_of AS SELECT table_name, column_name, ordinal_position FROM information_schema.columns;
CREATE TABLE t (id int);
