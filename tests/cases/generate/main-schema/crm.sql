CREATE SCHEMA auth;
CREATE TABLE auth.users (id integer PRIMARY KEY);
CREATE TABLE public.users (id integer PRIMARY KEY);
