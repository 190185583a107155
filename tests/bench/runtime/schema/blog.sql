-- Users, posts and comments have the shape that Diesel's own benchmarks use.
CREATE TABLE users (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    hair_color text
);

CREATE TABLE posts (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (id),
    title text NOT NULL,
    body text
);
CREATE INDEX posts_user ON posts (user_id);

CREATE TABLE comments (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    post_id integer NOT NULL REFERENCES posts (id),
    text text NOT NULL
);
CREATE INDEX comments_post ON comments (post_id);

CREATE TABLE visits (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL, -- of the other database
    page text NOT NULL
);

CREATE TABLE readings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sensor bigint NOT NULL,
    taken bigint NOT NULL,
    value double precision NOT NULL,
    label text NOT NULL
);

-- Reads that take as long as they are told to: a row of `pauses` sleeps, one of `burns` keeps a processor busy.
CREATE TABLE pauses (
    id bigint PRIMARY KEY,
    seconds double precision NOT NULL
);
CREATE VIEW paused AS SELECT id, seconds, pg_sleep(seconds)::text AS slept FROM pauses;

CREATE TABLE burns (
    id bigint PRIMARY KEY,
    steps integer NOT NULL
);
CREATE VIEW burnt AS
    SELECT id, steps, (SELECT sum(sqrt(step)) FROM generate_series(1, burns.steps) AS step) AS total FROM burns;

-- 20 MB in all.
CREATE TABLE documents (
    id bigint PRIMARY KEY,
    body text NOT NULL
);
