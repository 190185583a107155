CREATE TABLE people (id bigint PRIMARY KEY);
CREATE TABLE pets (id bigint PRIMARY KEY);
CREATE TABLE workers (id bigint PRIMARY KEY);
