CREATE SCHEMA archive;
CREATE SCHEMA legacy;
CREATE TABLE archive.persons (id bigint PRIMARY KEY, name text);
CREATE TABLE public.persons (id bigint PRIMARY KEY, name text);
CREATE TABLE public.burials (id bigint PRIMARY KEY, person bigint, plot bigint);
CREATE TABLE archive.plots (id bigint PRIMARY KEY);
CREATE TABLE legacy.plots (id bigint PRIMARY KEY);
