CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE DOMAIN required AS text NOT NULL;
CREATE DOMAIN work_email AS email;
CREATE DOMAIN tags AS text[];
CREATE TYPE mood AS ENUM ('happy', 'sad');
CREATE DOMAIN good_mood AS mood CHECK (VALUE = 'happy');

CREATE TABLE people (
    id          integer PRIMARY KEY,
    email       email NOT NULL,
    other       email,
    -- The domain says NOT NULL, the column does not.
    name        required,
    work        work_email,
    tags        tags NOT NULL,
    all_emails  email[] NOT NULL,
    mood        good_mood NOT NULL DEFAULT 'happy'
);

-- NOT NULL and the default of an element's domain say nothing of the array.
CREATE DOMAIN code AS varchar(8) NOT NULL DEFAULT 'A1';
CREATE DOMAIN codes AS code[];
-- A domain takes over the default of the one below it; what happens to that later is no matter.
CREATE DOMAIN own_code AS code;
ALTER DOMAIN code DROP DEFAULT;
CREATE DOMAIN plain_code AS code;

CREATE TABLE shelves (
    id     integer PRIMARY KEY,
    codes  codes,
    own    own_code,
    plain  plain_code
);

-- A view may have NULL where the domain refuses it.
CREATE VIEW codes_of_people AS
SELECT people.id, shelves.own, (SELECT plain FROM shelves LIMIT 1) AS first
FROM people
LEFT JOIN shelves USING (id);

CREATE MATERIALIZED VIEW codes_kept AS SELECT * FROM codes_of_people;
