CREATE SCHEMA auth;
CREATE SCHEMA "Old Things";
CREATE TYPE auth.role AS ENUM ('admin', 'user');
CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE auth.users (id integer PRIMARY KEY REFERENCES public.users, role auth.role NOT NULL);
CREATE TABLE "Old Things"."User" (id integer PRIMARY KEY);
