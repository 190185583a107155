CREATE TABLE places (id integer PRIMARY KEY, name text);
CREATE TABLE visits (id integer PRIMARY KEY, place places, places places[]);
CREATE VIEW seen AS SELECT id FROM visits;
CREATE TABLE views (id integer PRIMARY KEY, seen seen);
