CREATE EXTENSION citext;
CREATE TABLE calls (
    id     int PRIMARY KEY,
    email  text,
    nick   text,
    same   citext,
    a      int,
    b      int
);
