CREATE TYPE mood AS ENUM ('happy', 'sad');
CREATE TYPE address AS (street text, city text);
CREATE TABLE users (id bigint PRIMARY KEY, mood mood, home address);
