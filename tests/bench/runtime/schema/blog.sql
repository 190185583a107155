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
