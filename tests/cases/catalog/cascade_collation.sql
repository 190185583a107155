-- equal
CREATE COLLATION c (locale = 'C'); CREATE TABLE a (id int, t text COLLATE c); DROP COLLATION c CASCADE;
