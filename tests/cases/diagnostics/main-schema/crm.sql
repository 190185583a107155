CREATE SCHEMA billing;
CREATE TABLE billing.a (id int PRIMARY KEY);
CREATE TABLE billing.b (id int PRIMARY KEY);
CREATE TABLE migrations (id int PRIMARY KEY);
