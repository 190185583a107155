CREATE TABLE customers (id int PRIMARY KEY, name text);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers);
CREATE FUNCTION initials(customers) RETURNS text LANGUAGE sql AS $$ SELECT left($1.name, 1) $$;

CREATE VIEW plain AS SELECT nme FROM customers;
CREATE VIEW qualified AS SELECT c.nme FROM customers c;
CREATE VIEW no_such_alias AS SELECT cc.name FROM customers c;
CREATE VIEW in_a_call AS SELECT lower(nme) AS x, 1 AS y FROM customers;
CREATE VIEW in_a_subquery AS SELECT c.id, (SELECT max(o.idd) FROM orders o) AS newest FROM customers c;
CREATE VIEW of_no_table AS SELECT c.id, (SELECT max(o.id) FROM ordres o) AS newest FROM customers c;
CREATE VIEW in_a_branch AS SELECT id FROM customers UNION ALL SELECT idd FROM orders;
CREATE VIEW in_with AS WITH names AS (SELECT name FROM customers) SELECT n.title FROM names n;

-- What these give is not known, though no name in them is wrong.
CREATE VIEW called AS SELECT c.initials FROM customers c;
CREATE VIEW of_no_known_function AS SELECT nofun(name) AS x FROM customers;
-- Nothing is wrong here.
CREATE VIEW words AS SELECT current_role, current_schema, current_catalog, session_user, tableoid::regclass AS home
FROM customers ORDER BY home;
