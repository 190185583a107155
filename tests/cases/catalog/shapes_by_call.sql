-- refused ORM0212
CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'CREATE TABLE made (id int)'; END $$;
CALL p();
