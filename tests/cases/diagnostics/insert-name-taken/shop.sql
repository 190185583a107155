CREATE TABLE orders (id integer PRIMARY KEY);
CREATE TABLE tags (id integer PRIMARY KEY);
CREATE TABLE patrons (id integer PRIMARY KEY);
CREATE TABLE new_patrons (id integer PRIMARY KEY);
CREATE VIEW counts AS SELECT count(*) AS orders FROM orders;
CREATE TABLE new_counts (id integer PRIMARY KEY);
