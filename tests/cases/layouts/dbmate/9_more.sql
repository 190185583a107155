-- migrate:up
ALTER TABLE t ADD a int;
