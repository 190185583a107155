CREATE TABLE order (id bigint PRIMARY KEY);
CREATE TABLE people (id bigint PRIMARY KEY, user text);
CREATE TABLE pets (id bigint PRIMARY KEY);
ALTER TABLE pets ADD COLUMN end date;
CREATE INDEX table ON pets (id);
CREATE TYPE Group AS ENUM ('a');
