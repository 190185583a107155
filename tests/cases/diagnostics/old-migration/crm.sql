CREATE TABLE people (id bigint PRIMARY KEY);
SELECT id INTO copies FROM people;
