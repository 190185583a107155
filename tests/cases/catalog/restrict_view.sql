-- refused ORM0208 server
CREATE TABLE a (id int, n int, g int GENERATED ALWAYS AS (n) STORED); ALTER TABLE a DROP COLUMN n;
