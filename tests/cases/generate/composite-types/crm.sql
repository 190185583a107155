CREATE TYPE colour AS ENUM ('red', 'green');
CREATE TYPE point3 AS (x double precision, y double precision, z double precision);
CREATE TYPE shape AS ("type" text, centre point3, colours colour[], area numeric(10,2));
COMMENT ON TYPE shape IS 'What is drawn.';
COMMENT ON COLUMN shape.area IS 'In square metres.';

CREATE TABLE drawings (
    id      integer PRIMARY KEY,
    shape   shape NOT NULL,
    shapes  shape[] NOT NULL,
    cursor  point3
);
