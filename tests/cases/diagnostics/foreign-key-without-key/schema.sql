CREATE TABLE people (id bigint, email text, region text, number int);
CREATE UNIQUE INDEX ON people (email) WHERE email <> '';

CREATE TABLE notes (
    id      bigint PRIMARY KEY,
    person  bigint REFERENCES people,
    email   text REFERENCES people (email),
    region  text,
    number  int,
    FOREIGN KEY (region, number) REFERENCES people (region, number)
);
