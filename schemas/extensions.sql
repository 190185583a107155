-- Columns whose types extensions bring.

CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE EXTENSION ltree;

CREATE TABLE labelled (
    id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     citext NOT NULL UNIQUE,
    names    citext[],
    details  hstore NOT NULL DEFAULT '',
    path     ltree NOT NULL,
    pattern  lquery,
    words    ltxtquery
);

COMMENT ON COLUMN labelled.name IS 'Compared without regard to case.';
