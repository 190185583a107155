-- equal
CREATE DOMAIN one AS int; CREATE DOMAIN two AS one CHECK (VALUE > 0); CREATE TABLE a (id int, x two, y two[]);
CREATE VIEW v AS SELECT id FROM a;
DROP DOMAIN one CASCADE;
