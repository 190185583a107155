-- refused ORM0212
CREATE FUNCTION make() RETURNS void LANGUAGE sql AS $$ CREATE TABLE made (id int PRIMARY KEY) $$;
SELECT make();
CREATE TABLE other (id int);
