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
