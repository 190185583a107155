-- equal
CREATE FUNCTION first(VARIADIC anyarray) RETURNS anyelement LANGUAGE sql AS 'SELECT $1[1]';
CREATE FUNCTION n(VARIADIC int[]) RETURNS numeric LANGUAGE sql AS 'SELECT 1.0';
CREATE FUNCTION n(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION d(text, VARIADIC int[] DEFAULT '{}') RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION o(int, VARIADIC text[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION o(int DEFAULT 2) RETURNS date LANGUAGE sql AS 'SELECT now()::date';
CREATE VIEW v AS SELECT
  first(1, 2) AS c1, first('a'::text) AS c2, first(VARIADIC ARRAY[1]) AS c3, first(VARIADIC '{}'::text[]) AS c4,
  n(1, 2) AS c5, n(1) AS c6, n(1, 2, 3) AS c7, n(VARIADIC ARRAY[1]) AS c8, n(VARIADIC '{1}') AS c9,
  d('x', 1) AS c10, d('x', VARIADIC '{1}') AS c11, d('x') AS c12, o(1) AS c13, o() AS c14, o(1, 'x') AS c15,
  concat_ws(',', VARIADIC ARRAY['x']) AS c16, format('%s', VARIADIC ARRAY[1]) AS c17,
  jsonb_extract_path_text('{}', VARIADIC path_elems => ARRAY['a']) AS c18, num_nulls(VARIADIC ARRAY[1]) AS c19;
CREATE VIEW w AS SELECT f, n, r FROM first(VARIADIC ARRAY[1.5, 2.0]) f, n(VARIADIC ARRAY[1]), ROWS FROM (first(VARIADIC ARRAY['x'::text])) AS r;
