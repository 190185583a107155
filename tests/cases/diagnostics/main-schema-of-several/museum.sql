CREATE SCHEMA catalog;
CREATE SCHEMA lab;
CREATE TABLE catalog.artists (id int PRIMARY KEY);
CREATE TABLE catalog.artworks (id int PRIMARY KEY);
CREATE TABLE lab.samples (id int PRIMARY KEY);
