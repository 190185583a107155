CREATE SCHEMA audit;
CREATE TABLE people (id int PRIMARY KEY);
CREATE TABLE people_log (id int PRIMARY KEY);
CREATE TABLE audit.people (id int PRIMARY KEY);
