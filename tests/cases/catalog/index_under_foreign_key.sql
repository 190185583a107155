-- equal
CREATE TABLE a (x int, y int, UNIQUE (x), UNIQUE (x, y), id int PRIMARY KEY);
CREATE UNIQUE INDEX again ON a (id);
CREATE UNIQUE INDEX by_y ON a (y);
CREATE UNIQUE INDEX by_y_later ON a (y);
CREATE TABLE b (id int REFERENCES a, y int REFERENCES a (y), x int REFERENCES a (x), FOREIGN KEY (y, x) REFERENCES a (y, x));
DROP INDEX again;
DROP INDEX by_y_later;
DROP INDEX by_y CASCADE;
ALTER TABLE a ADD UNIQUE (y, x);
ALTER TABLE a DROP CONSTRAINT a_x_y_key CASCADE;
