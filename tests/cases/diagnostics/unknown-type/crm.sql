CREATE TYPE mood AS ENUM ('happy');
CREATE TABLE customers (id integer PRIMARY KEY, name text, mood mood, gone text);
