-- equal
-- A name that is a text is looked up each time: nothing depends on the sequence, and its new name is not shown.
CREATE SEQUENCE kept;
CREATE TABLE a (x int DEFAULT nextval('kept'::text), y int DEFAULT nextval(('kept'::text)::regclass));
ALTER SEQUENCE kept RENAME TO kept2;
CREATE SEQUENCE gone;
CREATE TABLE b (x int DEFAULT nextval('gone'::text));
CREATE VIEW v AS SELECT nextval('gone'::text) AS n;
DROP SEQUENCE gone;
CREATE SCHEMA s;
CREATE SEQUENCE s.q;
CREATE TABLE c (x int DEFAULT nextval('s.q'::text), y int DEFAULT nextval('s.q'), z int DEFAULT nextval('s.q' || ''));
DROP SCHEMA s CASCADE;
-- One that is a regclass is the sequence.
CREATE SEQUENCE renamed;
CREATE TABLE d (
  a int DEFAULT nextval('renamed'),
  b int DEFAULT nextval(('renamed')::regclass),
  c int DEFAULT nextval(CAST('renamed' AS regclass)),
  d int DEFAULT nextval(regclass 'renamed'),
  e oid DEFAULT 'renamed'::regclass
);
ALTER SEQUENCE renamed RENAME TO "New";
