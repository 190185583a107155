CREATE TYPE mood AS ENUM ('a');CREATE TABLE customers (id bigint PRIMARY KEY, name text, settings jsonb, m mood); 
ALTER TABLE customers RENAM TO buyers;
ALTER TABLE buyers ADD x int; CREATE TABLE customers_n (id int primary key, b bigint references buyers);
