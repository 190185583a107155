CREATE TYPE mood AS ENUM ('happy');
CREATE TABLE people (
    id     integer PRIMARY KEY,
    mood   moods NOT NULL,
    shape  gis.geometry
);
