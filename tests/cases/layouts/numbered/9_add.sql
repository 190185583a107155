-- +goose Up
CREATE TABLE t (id int PRIMARY KEY);
-- +goose Down
DROP TABLE t;
