CREATE TYPE mood AS ENUM ('a'); CREATE TABLE users (id bigint PRIMARY KEY, mood mood);
