CREATE TYPE tier AS ENUM ('gold', 'silver');
CREATE TABLE customers (id bigint PRIMARY KEY, tier tier NOT NULL);
