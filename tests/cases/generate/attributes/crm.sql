CREATE TYPE mood AS ENUM ('happy', 'sad');
CREATE TYPE tier AS ENUM ('gold', 'half silver', 'self');
CREATE TYPE step AS ENUM ('in-progress', 'all-done');
CREATE TYPE level AS ENUM ('LOW', 'VERY_HIGH');
CREATE TYPE address AS ("Street" text, type text);
CREATE TABLE users (id bigint PRIMARY KEY, "passwordHash" text NOT NULL, "Name" text, mood mood, type text, home address);
