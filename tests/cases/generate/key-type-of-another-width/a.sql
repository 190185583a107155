CREATE TABLE wide (id bigint PRIMARY KEY);
CREATE TABLE narrow (id int PRIMARY KEY, wide_id int REFERENCES wide);
CREATE TABLE alike (id int PRIMARY KEY, wide_id bigint REFERENCES wide);
