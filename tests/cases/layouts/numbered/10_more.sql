--+goose Up
ALTER TABLE t ADD a int;
--+goose Down
ALTER TABLE t DROP a;
