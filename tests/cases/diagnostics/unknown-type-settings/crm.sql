CREATE SCHEMA sales;
CREATE TYPE sales.money AS (amount numeric, currency text);
CREATE TYPE mood AS ENUM ('happy');
CREATE DOMAIN good_mood AS mood;
CREATE DOMAIN email AS text;
CREATE TYPE span AS RANGE (subtype = int4);
CREATE TABLE orders (id integer PRIMARY KEY, total sales.money, mood mood, email email, span span);
