CREATE SCHEMA archive;
CREATE TABLE archive.persons (id bigint PRIMARY KEY, name text);
CREATE TABLE public.persons (id bigint PRIMARY KEY, name text);
CREATE TABLE public.burials (id bigint PRIMARY KEY, person bigint NOT NULL);
