CREATE EXTENSION cube;
CREATE TYPE parcel AS (corner cube, label text);
-- No row can be inserted, unless a trigger fills `shape`.
CREATE TABLE places (id integer PRIMARY KEY, shape cube NOT NULL, parcel parcel, name text);
-- Its key has no counterpart: rows cannot be found by it, and `visits.mark` leads nowhere.
CREATE TABLE marks (id cube PRIMARY KEY, note text);
CREATE TABLE visits (id integer PRIMARY KEY, mark cube REFERENCES marks, place integer REFERENCES places);
