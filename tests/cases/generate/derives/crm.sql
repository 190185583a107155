CREATE TYPE mood AS ENUM ('happy', 'sad');
CREATE TYPE point3 AS (x double precision, y double precision);
CREATE TYPE name AS (first text, last text);
CREATE TABLE all_of_them (id integer PRIMARY KEY, mood mood NOT NULL, at date);
CREATE TABLE no_order (id integer PRIMARY KEY, span interval NOT NULL);
CREATE TABLE no_equality (id integer PRIMARY KEY, weight double precision NOT NULL, place point3);
CREATE TABLE compound (id integer PRIMARY KEY, name name NOT NULL);
