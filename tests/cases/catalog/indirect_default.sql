-- refused ORM0212
CREATE FUNCTION mk() RETURNS int LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE made (id int); RETURN 1; END $$;
CREATE TABLE t (id int, a int DEFAULT mk(), b int);
INSERT INTO t (id, b) VALUES (1, 2);
