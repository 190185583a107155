CREATE TABLE patrons (id integer PRIMARY KEY);
CREATE TABLE orders (id integer PRIMARY KEY, patron_id integer NOT NULL REFERENCES patrons);
CREATE TABLE cards (patron integer, number integer, PRIMARY KEY (patron, number));
CREATE TABLE visits (patron integer, number integer, CONSTRAINT card FOREIGN KEY (patron, number) REFERENCES cards);
CREATE TABLE calls (patron_id integer);
CREATE TABLE letters (patron_id integer REFERENCES patrons);
