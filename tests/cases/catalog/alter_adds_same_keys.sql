-- equal
-- Keys of one ALTER TABLE that are the same are several; those of a column or of a CREATE TABLE are one.
CREATE TABLE a (x int UNIQUE, y int, UNIQUE (x), UNIQUE (y), UNIQUE (y), CONSTRAINT named UNIQUE (x));
ALTER TABLE a ADD UNIQUE (y), ADD UNIQUE (y);
CREATE TABLE b (x int, y int);
ALTER TABLE b ADD UNIQUE (x), ADD PRIMARY KEY (x), ADD UNIQUE (x);
ALTER TABLE b ADD COLUMN z int UNIQUE UNIQUE, ADD UNIQUE (z), ADD CONSTRAINT zz UNIQUE (z);
