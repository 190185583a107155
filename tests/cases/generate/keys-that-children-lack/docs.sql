CREATE TABLE owners (id int PRIMARY KEY);
CREATE TABLE docs (id int PRIMARY KEY, owner_id int UNIQUE REFERENCES owners);
CREATE TABLE pdfs (pages int) INHERITS (docs);
CREATE TABLE cards (id int PRIMARY KEY, owner_id int UNIQUE REFERENCES owners);
