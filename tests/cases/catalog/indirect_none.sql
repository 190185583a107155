-- equal
-- Nothing here runs a function that would make tables.
CREATE FUNCTION mk() RETURNS int LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE made (id int); RETURN 1; END $$;
CREATE FUNCTION on_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE NEW.q; RETURN NEW; END $$;
CREATE TABLE t (id int, a int DEFAULT mk(), b int);
INSERT INTO t VALUES (1, 2);
INSERT INTO t AS x (b, a) SELECT 1, 2;
UPDATE t SET b = 3;
CREATE VIEW v AS SELECT mk() AS a;
CREATE TABLE u (id int, q text);
CREATE TRIGGER x AFTER UPDATE OF q ON u FOR EACH ROW EXECUTE FUNCTION on_row();
INSERT INTO u VALUES (1, 'CREATE TABLE made ()');
SELECT * FROM u WHERE id = 3 FOR UPDATE;
DELETE FROM u;
ALTER TABLE u DISABLE TRIGGER x;
UPDATE u SET q = '';
DROP TRIGGER x ON u;
UPDATE u SET q = '';
