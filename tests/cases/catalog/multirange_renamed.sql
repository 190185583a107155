-- equal
CREATE TYPE span AS RANGE (subtype = text, multirange_type_name = spans);
CREATE SCHEMA s;
ALTER TYPE spans RENAME TO many;
ALTER TYPE many SET SCHEMA s;
CREATE TABLE t (a span, b s.many);
CREATE VIEW v AS SELECT multirange(a) AS m, unnest(b) AS u, range_agg(a) OVER () AS g FROM t;
