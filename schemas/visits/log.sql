-- Who came in: kept apart from the people, by IDs that are narrower than theirs.
CREATE TABLE visits (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  integer,
    badge      varchar(40) NOT NULL
);

CREATE TABLE charges (
    id    integer PRIMARY KEY,
    rate  numeric(8, 2)
);

CREATE TABLE knocks (
    id        integer PRIMARY KEY,
    nickname  text,
    door      text
);
