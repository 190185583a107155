CREATE TABLE patrons (id integer PRIMARY KEY);
CREATE TABLE orders (id integer PRIMARY KEY, patron_id integer, payer_id integer);
CREATE TABLE cards (id integer PRIMARY KEY);
CREATE TABLE visits (patron_id integer);
