CREATE SCHEMA aud;
CREATE TABLE lft (id bigint PRIMARY KEY, name text);
CREATE TABLE aud.lft (id bigint PRIMARY KEY, at date);
