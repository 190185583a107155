-- equal
CREATE DOMAIN money2 AS numeric(10,2) DEFAULT 1e2 CHECK (VALUE >= 1E0);
CREATE TABLE d (a text[] DEFAULT '{ a , b }', b jsonb DEFAULT '{"a":1}', c date DEFAULT '1 jan 2000', d inet DEFAULT '10.0.0.1/32',
  e int GENERATED ALWAYS AS (LENGTH(Upper('x')) + 1) STORED, f money2, CHECK (a <> '{}' AND NOT (b ? 'x')));
