-- Join tables and keys of every sort, for tests: nothing that a program would have in one place.

CREATE TABLE people (
    id    smallint PRIMARY KEY,
    name  text NOT NULL
);

-- Both keys point to one table; one of them is wider than what it points to.
CREATE TABLE friendships (
    person_id  bigint REFERENCES people ON DELETE CASCADE,
    friend_id  bigint REFERENCES people ON DELETE CASCADE,
    PRIMARY KEY (person_id, friend_id)
);

-- A key of two columns.
CREATE TABLE rooms (
    house  text,
    floor  integer,
    name   text NOT NULL,
    PRIMARY KEY (house, floor)
);

-- The key is not the primary one; the columns' names collide with those of both ends.
CREATE TABLE room_people (
    id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    house   text NOT NULL,
    floor   integer NOT NULL,
    person  integer NOT NULL REFERENCES people,
    name    text NOT NULL DEFAULT 'key',
    FOREIGN KEY (house, floor) REFERENCES rooms,
    UNIQUE (person, house, floor)
);

-- A link that has a value of its own.
CREATE TABLE leases (
    house   text,
    floor   integer,
    tenant  integer REFERENCES people,
    rent    integer NOT NULL,
    PRIMARY KEY (house, floor, tenant),
    FOREIGN KEY (house, floor) REFERENCES rooms
);

-- A narrow column that points to a wide one, and may be NULL.
CREATE TABLE letters (
    id         bigint PRIMARY KEY,
    reply_to   integer REFERENCES letters,
    "house"    text,
    floor      bigint,
    FOREIGN KEY ("house", floor) REFERENCES rooms
);

-- A join table whose foreign keys nobody has declared: the manifest does.
CREATE TABLE sightings (
    person  smallint NOT NULL,
    letter  bigint NOT NULL,
    UNIQUE (person, letter)
);

-- Keys that share a column: only what belongs to one house is linked.
CREATE TABLE keepers (
    house  text,
    name   text,
    PRIMARY KEY (house, name)
);
CREATE TABLE kept_rooms (
    house   text,
    floor   integer,
    keeper  text,
    PRIMARY KEY (house, floor, keeper),
    FOREIGN KEY (house, floor) REFERENCES rooms,
    FOREIGN KEY (house, keeper) REFERENCES keepers
);

-- A tree within each firm: both ends of its key have a column in common.
CREATE TABLE staff (
    firm  integer,
    id    integer,
    boss  integer,
    PRIMARY KEY (firm, id),
    FOREIGN KEY (firm, boss) REFERENCES staff
);
