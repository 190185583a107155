CREATE TABLE customers (
    id        integer PRIMARY KEY,
    settings  jsonb NOT NULL,
    history   json,
    other     jsonb
);
