CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a);
CREATE VIEW both_of_them AS SELECT id FROM a JOIN b ON b.a_id = a.id;
CREATE VIEW clear AS SELECT a.id FROM a JOIN b ON b.a_id = a.id ORDER BY id;
