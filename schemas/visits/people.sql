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
