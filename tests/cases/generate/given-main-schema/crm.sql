CREATE SCHEMA billing;
CREATE TABLE billing.accounts (id bigint PRIMARY KEY);
CREATE TABLE public.accounts (id bigint PRIMARY KEY);
