CREATE TABLE visits (id integer PRIMARY KEY, patron_id integer NOT NULL, payer_id integer NOT NULL);
