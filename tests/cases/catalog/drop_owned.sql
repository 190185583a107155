-- refused ORM0212
CREATE ROLE ormgen_case_leaver;
CREATE TABLE t (id int PRIMARY KEY);
DROP OWNED BY ormgen_case_leaver;
DROP ROLE ormgen_case_leaver;
