-- equal
CREATE SCHEMA app;
SET search_path = app;
BEGIN;
SET LOCAL search_path = public;
CREATE TABLE s2 (id int);
COMMIT;
CREATE TABLE s3 (id int);
