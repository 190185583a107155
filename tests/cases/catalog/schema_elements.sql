-- equal
CREATE SCHEMA app
    CREATE VIEW first AS SELECT id, n FROM later
    CREATE INDEX ON later (n)
    CREATE TABLE later (id int PRIMARY KEY DEFAULT nextval('app.numbers'), n int)
    CREATE SEQUENCE numbers;
