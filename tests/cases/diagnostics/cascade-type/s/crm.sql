CREATE TYPE mood AS ENUMM ('a');
CREATE TABLE customers (id bigint PRIMARY KEY, name text, settings jsonb, m mood, ms mood[]);
ALTER TABLE customers ADD mm mood DEFAULT 'a'; CREATE DOMAIN good AS mood; CREATE TABLE customers_2 (id int primary key, g good); CREATE FUNCTION f() RETURNS mood LANGUAGE sql AS 'select 1'; create view customers_v as select m, f() as f, 'a'::mood as x from customers;
