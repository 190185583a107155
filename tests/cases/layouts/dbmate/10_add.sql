-- migrate:up
CREATE TABLE t (id int PRIMARY KEY);
-- migrate:down
DROP TABLE t;
