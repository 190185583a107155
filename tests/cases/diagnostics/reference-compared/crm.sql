CREATE EXTENSION citext;
CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE people (
    email  citext PRIMARY KEY,
    nick   text COLLATE any_case UNIQUE,
    same   citext UNIQUE,
    a      int,
    b      int,
    mood   mood,
    UNIQUE (a, b)
);
