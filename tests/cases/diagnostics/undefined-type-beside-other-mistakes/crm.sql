CREATE TYPE pair (INPUT = pair_in, OUTPUT = pair_out);
CREATE TYPE answer AS (given text, mood moods);
CREATE TABLE people (
    id    integer PRIMARY KEY,
    best  pair,
    last  answer
);
CREATE TABLE visits (
    id         integer PRIMARY KEY,
    person_id  integer REFERENCES people (number)
);
