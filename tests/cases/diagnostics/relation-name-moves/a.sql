CREATE TABLE persons (id int PRIMARY KEY);
CREATE TABLE burials (id int PRIMARY KEY, person_id int REFERENCES persons, officiant_id int);
CREATE TABLE graves (id int PRIMARY KEY, person_id int REFERENCES persons, keeper_id int REFERENCES persons);
