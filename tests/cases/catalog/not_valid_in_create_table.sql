-- equal
CREATE TABLE patrons (id integer PRIMARY KEY);
CREATE TABLE orders (
    id integer PRIMARY KEY,
    patron_id integer NOT NULL,
    payer_id integer NOT NULL,
    CONSTRAINT small CHECK (id < 10) NOT VALID,
    CONSTRAINT patron FOREIGN KEY (patron_id) REFERENCES patrons NOT VALID
);
ALTER TABLE orders ADD CONSTRAINT payer FOREIGN KEY (payer_id) REFERENCES patrons NOT VALID;
ALTER TABLE orders ADD CONSTRAINT other_payer FOREIGN KEY (payer_id) REFERENCES patrons NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT other_payer;
