-- equal
-- What looks like what the server refuses, and is taken.
CREATE SCHEMA own;
CREATE FUNCTION own.concat(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1 || $2';
CREATE TABLE t (
  a boolean DEFAULT '0',
  b text DEFAULT 0,
  c varchar(5) DEFAULT true,
  d int[] DEFAULT ' [0:1]={1,2}',
  e jsonb DEFAULT ' {"a": 1}',
  f json DEFAULT 'null',
  g uuid DEFAULT '{A0EEBC99-9C0B4EF8-BB6D6BB9-BD380A11}',
  h date DEFAULT 'epoch',
  i timestamptz DEFAULT '-infinity',
  k date DEFAULT '13-01-2024'::text::date,
  l int4range DEFAULT 'empty',
  m numrange DEFAULT ' (1,]',
  n text GENERATED ALWAYS AS (own.concat(b, c)) STORED,
  o timestamp(9),
  p time(8) with time zone,
  q json[] UNIQUE,
  r money DEFAULT 5,
  s oid DEFAULT 1,
  t numeric DEFAULT '1.5'
);
