CREATE TYPE path AS ENUM ('left', 'right');
CREATE TYPE grade AS ENUM ('easy', 'hard');
CREATE TABLE routes (id int PRIMARY KEY, way path NOT NULL, grade grade);
