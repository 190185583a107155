-- equal
CREATE TYPE point2 AS (px int, py int);
CREATE DOMAIN short AS text DEFAULT CURRENT_USER CHECK (length(VALUE) < 9 AND value <> 'x');
CREATE FUNCTION whole(t text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE TABLE odd (
  id bigint DEFAULT 1,
  "Name" text DEFAULT user,
  born date DEFAULT current_date,
  at timestamptz DEFAULT (now() AT TIME ZONE 'utc'),
  span interval DEFAULT interval '1' day,
  arr int[] DEFAULT ARRAY[]::int[],
  flags bit(3) DEFAULT B'101',
  xml xml,
  js jsonb DEFAULT '{}'::jsonb,
  p point2,
  who name DEFAULT current_schema,
  rank "char" DEFAULT 'a'::"char",
  lt timestamp DEFAULT localtimestamp(2),
  year int,
  CONSTRAINT c1 CHECK (extract(year FROM born) > 1900 AND date_part('day', born) > 0),
  CONSTRAINT c2 CHECK (overlay("Name" placing 'a' from 1 for 2) <> trim(both ' ' from "Name")),
  CONSTRAINT c3 CHECK ("Name" IS NORMALIZED AND normalize("Name", NFC) = "Name" AND position('a' IN "Name") > 0),
  CONSTRAINT c4 CHECK (xml IS DOCUMENT AND xmlexists('/a' PASSING xml)),
  CONSTRAINT c7 CHECK (substring("Name" similar 'a#"b#"' escape '#') COLLATE "C" > 'a'),
  CONSTRAINT c8 CHECK (arr[1] = ANY (arr) AND (id > 0) IS NOT UNKNOWN) NO INHERIT,
  CONSTRAINT c9 CHECK (CASE WHEN id > 0 THEN born ELSE date '2020-01-01' END > date '1900-01-01'),
  CONSTRAINT c10 CHECK (make_interval(days => year) > span AND id BETWEEN SYMMETRIC 1 AND 9),
  CONSTRAINT c11 CHECK ((js ->> 'a') ILIKE 'x' AND (js -> 'b') IS DISTINCT FROM js AND id OPERATOR(pg_catalog.>) 0),
  CONSTRAINT c12 CHECK (ROW(id, year) <> ROW(1, 2) AND (born, span) OVERLAPS (born, span)),
  CONSTRAINT c13 CHECK (make_interval(days := year, secs := 3) > span)
);
CREATE INDEX ON odd (lower("Name") text_pattern_ops DESC NULLS LAST, (id + year)) INCLUDE (born) WHERE id IS NOT NULL;
ALTER TABLE odd ADD CONSTRAINT c99 CHECK (later > 0), ADD COLUMN later int;
CREATE TABLE base (id int8 PRIMARY KEY, n numeric UNIQUE, t text UNIQUE, v varchar(5) UNIQUE, c char(4) UNIQUE, m name UNIQUE, ts timestamptz UNIQUE, ip inet UNIQUE, o oid UNIQUE, f float8 UNIQUE, ci cidr UNIQUE, a text[] UNIQUE, vb varbit UNIQUE, iv interval UNIQUE, tz timetz UNIQUE);
CREATE TABLE refers (
  a smallint REFERENCES base, b int REFERENCES base (n), c name REFERENCES base (t), d text REFERENCES base (v),
  e char(3) REFERENCES base (t), f varchar REFERENCES base (c), g text REFERENCES base (m), h date REFERENCES base (ts),
  i cidr REFERENCES base (ip), j int REFERENCES base (o), k real REFERENCES base (f), l numeric REFERENCES base (f),
  m inet REFERENCES base (ci), n text[] REFERENCES base (a), o bit(3) REFERENCES base (vb), p time REFERENCES base (iv),
  q time REFERENCES base (tz), r regclass REFERENCES base (o), s char(4) REFERENCES base (v), t short REFERENCES base (v), u timestamp REFERENCES base (ts)
);
CREATE VIEW seen AS SELECT id FROM base;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t INSTEAD OF UPDATE ON seen FOR EACH ROW EXECUTE FUNCTION f();
CREATE TRIGGER t BEFORE UPDATE OF id, "n" ON base FOR EACH ROW WHEN (NEW.id > OLD.id) EXECUTE FUNCTION f();
CREATE POLICY p ON base USING (EXISTS (SELECT 1 FROM refers r WHERE r.a = id AND b > 0) AND t = current_user);
