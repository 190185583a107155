CREATE EXTENSION cube;
CREATE TYPE parcel AS (corner cube, label text);
CREATE DOMAIN corner AS cube NOT NULL;
CREATE TABLE places (id integer PRIMARY KEY, shape cube NOT NULL, corners cube[], parcel parcel, "at, once" corner);
CREATE TABLE marks (id cube PRIMARY KEY, place places, note text);
CREATE VIEW near AS SELECT id, shape <-> shape AS distance, shape FROM places;
CREATE TABLE visits (id integer PRIMARY KEY, mark cube REFERENCES marks);
CREATE TABLE "odd.name" (id integer PRIMARY KEY, shape cube);
