-- equal
-- A cast to the type that the column has is left out: these indexes are on columns, and so keys.
CREATE DOMAIN code AS text;
CREATE TABLE t (a text, d date, n int, c code, v varchar(20), at timestamp, m numeric(10,2));
CREATE UNIQUE INDEX ON t ((a::text));
CREATE UNIQUE INDEX ON t (date(d));
CREATE UNIQUE INDEX ON t ((CAST(n AS integer)), ((a)));
CREATE UNIQUE INDEX ON t ((c::code), int4(n));
CREATE UNIQUE INDEX ON t ((v::varchar(20)));
-- These casts do something.
CREATE UNIQUE INDEX ON t ((v::text));
CREATE UNIQUE INDEX ON t ((c::text));
CREATE UNIQUE INDEX ON t ((n::text), (n::bigint));
CREATE UNIQUE INDEX ON t ((m::numeric(10,3)));
CREATE UNIQUE INDEX ON t ((lower(a)::text));
-- One that did something does no more.
CREATE UNIQUE INDEX by_day ON t ((at::date), lower(a));
ALTER TABLE t ALTER at TYPE date;
