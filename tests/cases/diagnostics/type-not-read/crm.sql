CREATE EXTENSION citext;
CREATE SCHEMA catalog;
CREATE DOMAIN catalog.year AS smallint;
CREATE DOMAIN years AS catalog.year[];
CREATE TYPE mood AS ENUM ('happy');
CREATE TABLE images (
    id     bigint PRIMARY KEY,
    type   text NOT NULL,
    taken  catalog.year,
    all_of years,
    mood   mood,
    tags   text[],
    data   bytea,
    extra  jsonb,
    bits   uuid,
    name   citext
);
-- A key of another type than the column that refers to it: the column keeps its own type.
CREATE TABLE notes (id bigint PRIMARY KEY, image_id integer NOT NULL REFERENCES images);
