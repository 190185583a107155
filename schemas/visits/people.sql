-- Who may come in.
CREATE TABLE people (
    id    bigint PRIMARY KEY,
    name  text NOT NULL
);

CREATE TABLE badges (
    code       text PRIMARY KEY,
    person_id  bigint NOT NULL REFERENCES people ON DELETE CASCADE
);

-- Found by a key that the server compares otherwise than the program does.
CREATE TABLE rates (
    rate  numeric(8, 2) PRIMARY KEY,
    name  text NOT NULL
);

-- Keys of types that the database of the visits reads as plain texts, or does not know at all.
CREATE EXTENSION citext;
CREATE TABLE nicknames (nickname citext PRIMARY KEY);
CREATE TABLE doors (code char(6) PRIMARY KEY);
