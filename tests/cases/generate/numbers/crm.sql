CREATE DOMAIN price AS numeric(12, 2);
CREATE TABLE measures (
    id        integer PRIMARY KEY,
    plain     numeric NOT NULL,
    most      numeric(28, 28) NOT NULL,
    more      numeric(29) NOT NULL,
    tens      numeric(3, -2),
    price     price,
    prices    numeric(12, 2)[],
    any_range numrange
);
CREATE VIEW totals AS SELECT sum(price) AS total FROM measures;
