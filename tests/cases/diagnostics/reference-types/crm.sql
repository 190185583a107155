CREATE TYPE tier AS ENUM ('gold');
CREATE TABLE customers (id uuid PRIMARY KEY);
CREATE TABLE tiers (tier tier PRIMARY KEY);
CREATE TABLE weights (weight double precision PRIMARY KEY);
