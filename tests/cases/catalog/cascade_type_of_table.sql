-- equal
CREATE TYPE pt AS (x int, y int);
CREATE TABLE typed OF pt;
CREATE TABLE keeps (id int, p pt);
DROP TYPE pt CASCADE;
