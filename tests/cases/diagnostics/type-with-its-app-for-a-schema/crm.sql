CREATE TYPE mood AS ENUM ('a'); CREATE TYPE tone AS ENUM ('b'); CREATE TABLE t (id int PRIMARY KEY, m mood, n tone);
