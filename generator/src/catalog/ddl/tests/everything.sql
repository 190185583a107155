-- Every construct that the DDL source reads, in one small schema. PostgreSQL 15 accepts all of it.
\set QUIET on
/* comments /* nest */ and hold ; and ' without harm */
SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', 'public', false);
BEGIN;
CREATE TABLE rolled_back (id integer);
ROLLBACK;
BEGIN;

-- Extensions and schemas.
CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE SCHEMA app
    CREATE TABLE inside (id integer PRIMARY KEY, note text)
    CREATE VIEW inside_view AS SELECT id FROM inside
    CREATE INDEX ON inside (note);
CREATE SCHEMA IF NOT EXISTS "Odd Schema" AUTHORIZATION CURRENT_USER;
CREATE SCHEMA renamed_later;
ALTER SCHEMA renamed_later RENAME TO renamed;

-- Types.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'it''s');
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ok';
ALTER TYPE mood RENAME VALUE 'it''s' TO 'its';
COMMIT;
ALTER TYPE mood ADD VALUE 'great' AFTER 'happy';
ALTER TYPE mood ADD VALUE 'awful' BEFORE 'sad';
CREATE TYPE empty_enum AS ENUM ();
CREATE TYPE address AS (street text, zip varchar(10) COLLATE "C", tags text[]);
ALTER TYPE address ADD ATTRIBUTE country char(2), DROP ATTRIBUTE tags, ALTER ATTRIBUTE zip TYPE varchar(12);
ALTER TYPE address RENAME ATTRIBUTE street TO road;
CREATE TYPE float_range AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE span AS RANGE (SUBTYPE = date, MULTIRANGE_TYPE_NAME = spans);
CREATE TYPE to_rename AS ENUM ('a');
ALTER TYPE to_rename RENAME TO renamed_enum;
ALTER TYPE renamed_enum SET SCHEMA app;
CREATE DOMAIN email AS citext CHECK (VALUE ~ '@') NOT NULL;
CREATE DOMAIN positive int DEFAULT 1 CONSTRAINT positive_check CHECK (VALUE > 0) CHECK (VALUE < 1000000);
CREATE DOMAIN us_zip AS varchar(10) COLLATE "C";
ALTER DOMAIN positive SET NOT NULL;
ALTER DOMAIN positive DROP NOT NULL;
ALTER DOMAIN positive ADD CONSTRAINT odd CHECK (VALUE % 2 = 1) NOT VALID;
ALTER DOMAIN positive RENAME CONSTRAINT odd TO is_odd;
ALTER DOMAIN positive DROP CONSTRAINT is_odd;
ALTER DOMAIN us_zip SET DEFAULT '00000';
CREATE DOMAIN nested AS positive;
CREATE COLLATION german (locale = 'C');

-- Every spelling of a type.
CREATE TABLE types (
    a01 int, a02 integer, a03 int4, a04 smallint, a05 int2, a06 bigint, a07 int8, a08 real, a09 float4,
    a10 double precision, a11 float, a12 float(10), a13 float(30), a14 numeric, a15 numeric(10), a16 numeric(10, 2),
    a17 dec(5,1), a18 decimal, a19 boolean, a20 bool, a21 text, a22 varchar, a23 varchar(20), a24 character varying(20),
    a25 char, a26 char(5), a27 character(5), a28 bpchar, a29 "char", a30 name, a31 national character varying(4),
    a32 nchar(3), a33 national char, a34 bytea, a35 date, a36 time, a37 time(3), a38 time with time zone,
    a39 time(2) without time zone, a40 timetz, a41 timestamp, a42 timestamp(3), a43 timestamp with time zone,
    a44 timestamp(6) with time zone, a45 timestamptz, a46 timestamptz(0), a47 interval, a48 interval(3),
    a49 interval year, a50 interval day to second, a51 interval day to second(2), a52 interval year to month,
    a53 bit, a54 bit(8), a55 bit varying, a56 bit varying(9), a57 varbit(3), a58 uuid, a59 json, a60 jsonb, a61 xml,
    a62 inet, a63 cidr, a64 macaddr, a65 macaddr8, a66 money, a67 point, a68 line, a69 lseg, a70 box, a71 path,
    a72 polygon, a73 circle, a74 tsvector, a75 tsquery, a76 int4range, a77 tstzrange, a78 nummultirange, a79 oid,
    a80 regclass, a81 pg_lsn, a82 int[], a83 text[][], a84 varchar(5)[3], a85 int ARRAY, a86 int ARRAY[4], a87 _text,
    a88 pg_catalog.int4, a89 pg_catalog.varchar(7), a90 mood, a91 public.mood[], a92 address, a93 email, a94 nested,
    a95 float_range, a96 spans, a97 citext, a98 public.hstore, a99 app.renamed_enum, b01 _mood, b02 app.inside,
    b03 us_zip[], b04 pg_catalog."char", b05 pg_catalog.timestamptz(3), b06 interval hour to minute, b07 xid,
    b08 jsonpath, b09 "timestamp", b10 float_multirange, b11 pg_catalog.bpchar, b12 pg_catalog.bit
);

-- Tables.
CREATE TABLE customers (
    id bigserial PRIMARY KEY,
    "Name" text NOT NULL DEFAULT 'x''y',
    email email UNIQUE,
    mood mood DEFAULT 'ok'::mood,
    zip us_zip COLLATE "C",
    city text COLLATE german,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    score numeric(10,2) CHECK (score >= 0) CHECK (score < 100),
    full_name text GENERATED ALWAYS AS ("Name" || ' x') STORED,
    nothing varchar(4) DEFAULT NULL,
    nothing_at_all text DEFAULT NULL,
    kind int DEFAULT CASE WHEN true IS NOT NULL THEN 1 ELSE 2 END NOT NULL CHECK (kind > 0),
    CHECK (score > 1 OR kind > 1),
    CONSTRAINT named CHECK (kind <> 7),
    UNIQUE ("Name", city),
    UNIQUE ("Name", city) DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE customers IS 'People who '
    'buy';
COMMENT ON TABLE customers IS E'People\twho buy';
COMMENT ON COLUMN public.customers."Name" IS $$Their ; name$$;
COMMENT ON COLUMN customers.zip IS '';
COMMENT ON TYPE mood IS 'How they feel';
COMMENT ON DOMAIN email IS 'An address';
COMMENT ON SCHEMA app IS 'The app';
COMMENT ON CONSTRAINT named ON customers IS 'passed over';
COMMENT ON EXTENSION citext IS NULL;

CREATE TABLE IF NOT EXISTS customers (id int);
CREATE UNLOGGED TABLE orders (
    id integer GENERATED ALWAYS AS IDENTITY,
    no smallserial,
    customer_id bigint REFERENCES customers ON DELETE CASCADE ON UPDATE SET NULL,
    customer2_id bigint CONSTRAINT second REFERENCES customers (id) MATCH FULL DEFERRABLE INITIALLY DEFERRED,
    parent_id int,
    parent_no smallint,
    during tstzrange,
    CONSTRAINT orders_pk PRIMARY KEY (id, no) INCLUDE (customer_id),
    FOREIGN KEY (parent_id, parent_no) REFERENCES orders ON DELETE SET NULL (parent_id),
    EXCLUDE USING gist (customer_id WITH =, during WITH &&) WHERE (id > 0),
    EXCLUDE USING gist ((id + 1) WITH =)
);
CREATE TABLE a_very_long_table_name_that_goes_on_and_on_until_it_ends (
    a_very_long_column_name_that_goes_on_and_on_until_it_ends int UNIQUE CHECK (a_very_long_column_name_that_goes_on_and_on_until_it_ends > 1),
    second_long_column_name_that_goes_on_and_on_until_it_ends serial,
    third int REFERENCES a_very_long_table_name_that_goes_on_and_on_until_it_ends (a_very_long_column_name_that_goes_on_and_on_until_it_ends),
    UNIQUE (second_long_column_name_that_goes_on_and_on_until_it_ends, a_very_long_column_name_that_goes_on_and_on_until_it_ends)
);
CREATE TABLE "Straße" ("größe" int, U&"d\0061t\+000061" text, "a""b" text, "select" int UNIQUE, "Ünïcode_" serial);
CREATE TABLE typed OF address (PRIMARY KEY (zip), road WITH OPTIONS NOT NULL DEFAULT 'main');
CREATE TABLE copied AS SELECT id, "Name", score, id + 1 AS next, 'x' AS lit, NULL AS nil FROM customers WITH NO DATA;
CREATE TABLE copied_named (a, b) AS VALUES (1, 'x'::varchar(3)), (2, 'y');
CREATE TABLE like_plain (LIKE customers);
CREATE TABLE like_all (LIKE customers INCLUDING ALL, extra int);
CREATE TABLE like_some (before int, LIKE orders INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING INDEXES EXCLUDING CONSTRAINTS);
CREATE TABLE both_keys (id int UNIQUE PRIMARY KEY, a int UNIQUE NULLS NOT DISTINCT, UNIQUE (a) INCLUDE (id));

-- Inheritance.
CREATE TABLE animals (id serial, name text NOT NULL, legs int DEFAULT 4, CHECK (legs >= 0), CONSTRAINT mine CHECK (legs < 9) NO INHERIT);
CREATE TABLE dogs (breed text, name text DEFAULT 'rex') INHERITS (animals);
CREATE TABLE puppies () INHERITS (dogs);
CREATE TABLE cats (id int NOT NULL, name text NOT NULL, legs int, CONSTRAINT animals_legs_check CHECK (legs >= 0));
ALTER TABLE cats INHERIT animals;
ALTER TABLE animals ADD COLUMN fur text DEFAULT 'yes' NOT NULL, ADD COLUMN gone int;
ALTER TABLE animals RENAME COLUMN legs TO limbs;
ALTER TABLE animals DROP COLUMN gone;
ALTER TABLE animals ALTER COLUMN fur TYPE varchar(10);
ALTER TABLE animals ADD CHECK (fur <> '');
ALTER TABLE animals ALTER name DROP NOT NULL;
ALTER TABLE animals DROP COLUMN name;
ALTER TABLE puppies NO INHERIT dogs;

-- Partitions.
CREATE TABLE events (
    id bigint GENERATED BY DEFAULT AS IDENTITY,
    at timestamptz NOT NULL,
    customer_id bigint REFERENCES customers,
    body jsonb DEFAULT '{}',
    PRIMARY KEY (id, at),
    UNIQUE (at, customer_id),
    CHECK (id > 0)
) PARTITION BY RANGE (at);
CREATE INDEX ON events (customer_id);
CREATE INDEX events_body ON events USING gin (body);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events (body DEFAULT '[]' NOT NULL, CONSTRAINT own CHECK (id < 10))
    FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY RANGE (at);
CREATE TABLE events_2025_1 PARTITION OF events_2025 FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
CREATE TABLE events_2025_rest PARTITION OF events_2025 DEFAULT;
CREATE TABLE events_2026 (customer_id bigint, id bigint NOT NULL, at timestamptz NOT NULL, body jsonb,
    CONSTRAINT events_id_check CHECK (id > 0), CONSTRAINT own_key UNIQUE (at, customer_id));
ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events ADD COLUMN later int CHECK (later > 0);
CREATE UNIQUE INDEX ON events (at, id, lower(body::text)) WHERE later > 0;
CREATE TABLE events_old (LIKE events INCLUDING ALL);
ALTER TABLE events DETACH PARTITION events_2024;
ALTER TABLE events_2024 RENAME TO events_of_2024;
CREATE TABLE hashed (id int PRIMARY KEY) PARTITION BY HASH (id);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE only_parent (id int, v int) PARTITION BY RANGE (id);
CREATE TABLE only_child (id int NOT NULL, v int);
ALTER TABLE ONLY only_parent ATTACH PARTITION only_child FOR VALUES FROM (0) TO (10);
ALTER TABLE ONLY only_parent ADD CONSTRAINT only_parent_pkey PRIMARY KEY (id);
ALTER TABLE ONLY only_child ADD CONSTRAINT only_child_pkey PRIMARY KEY (id);
ALTER INDEX only_parent_pkey ATTACH PARTITION only_child_pkey;
CREATE INDEX only_idx ON ONLY only_parent USING btree (v);
CREATE INDEX only_child_idx ON only_child (v);
ALTER INDEX only_idx ATTACH PARTITION only_child_idx;

-- Sequences.
CREATE SEQUENCE app.free_seq START WITH 5 INCREMENT BY 2 NO MAXVALUE CACHE 1;
CREATE SEQUENCE IF NOT EXISTS owned_seq AS integer OWNED BY customers.kind;
CREATE SEQUENCE old_name;
ALTER SEQUENCE old_name RENAME TO new_name;
ALTER SEQUENCE new_name OWNED BY customers.score;
ALTER SEQUENCE new_name OWNED BY NONE;
ALTER TABLE like_plain ALTER COLUMN id SET DEFAULT nextval('public.new_name'::regclass);
ALTER SEQUENCE new_name SET SCHEMA app;
ALTER TABLE like_plain ALTER COLUMN kind ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.like_seq START WITH 1);
ALTER TABLE like_plain ALTER kind SET GENERATED ALWAYS SET INCREMENT BY 5 RESTART;

-- Indexes.
CREATE UNIQUE INDEX customers_lower_email ON customers (lower(email::text));
CREATE INDEX CONCURRENTLY ON customers (lower("Name"), lower(city), (score * 2), (kind::text), coalesce(city, '')) INCLUDE (settings);
CREATE INDEX ON customers USING hash (city);
CREATE INDEX by_score ON customers (score DESC NULLS LAST, city COLLATE "C" text_pattern_ops ASC) WITH (fillfactor = 70) WHERE score > 1;
CREATE UNIQUE INDEX IF NOT EXISTS unique_kind ON customers (kind) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX for_constraint ON customers (kind, score);
ALTER TABLE customers ADD CONSTRAINT from_index UNIQUE USING INDEX for_constraint;
ALTER INDEX by_score RENAME TO by_the_score;
ALTER INDEX from_index RENAME TO renamed_by_index;
ALTER INDEX by_the_score SET (fillfactor = 80);
CREATE INDEX to_drop ON customers (kind);
DROP INDEX to_drop;

-- Altering.
CREATE TABLE changing (id int, a int, b text, c int DEFAULT 3, d int, e text, f int NOT NULL);
CREATE TABLE points_to_it (id int, a int);
ALTER TABLE changing ADD PRIMARY KEY (id);
ALTER TABLE points_to_it ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES changing NOT VALID;
ALTER TABLE points_to_it ADD FOREIGN KEY (id) REFERENCES changing (id) ON DELETE RESTRICT;
ALTER TABLE points_to_it VALIDATE CONSTRAINT fk;
ALTER TABLE points_to_it ALTER CONSTRAINT fk DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE changing
    ALTER COLUMN a SET NOT NULL, ALTER a SET DEFAULT 1 + 2, ALTER COLUMN b TYPE varchar(30) COLLATE "C" USING b::varchar,
    ALTER COLUMN c DROP DEFAULT, ALTER f DROP NOT NULL, ADD CONSTRAINT positive_d CHECK (d > 0 AND later > 0),
    ADD COLUMN IF NOT EXISTS a text, ADD COLUMN later int UNIQUE, ALTER COLUMN e SET DATA TYPE jsonb USING e::jsonb,
    ALTER a SET STATISTICS 100, ALTER b SET STORAGE EXTERNAL, OWNER TO CURRENT_USER, SET (fillfactor = 70);
ALTER TABLE changing ADD CONSTRAINT multi UNIQUE (a, c), ADD CHECK (a <> c), ADD CHECK (abs(d) > 0);
CREATE INDEX changing_c_d ON changing (c, (d + 1));
ALTER TABLE changing RENAME COLUMN a TO alpha;
ALTER TABLE changing RENAME d TO delta;
ALTER TABLE changing RENAME CONSTRAINT multi TO several;
ALTER TABLE changing RENAME id TO ident;
ALTER TABLE changing DROP COLUMN c;
ALTER TABLE changing DROP COLUMN IF EXISTS nope;
ALTER TABLE IF EXISTS nope ADD COLUMN a int;
ALTER TABLE changing RENAME TO changed;
ALTER TABLE changed SET SCHEMA app;
ALTER TABLE app.changed REPLICA IDENTITY FULL;
ALTER TABLE app.changed ENABLE ROW LEVEL SECURITY, CLUSTER ON changing_pkey;
ALTER TABLE like_all DROP CONSTRAINT named, ALTER full_name DROP EXPRESSION, ADD COLUMN twice int GENERATED ALWAYS AS (kind * 2) STORED;
ALTER TABLE like_some ALTER id DROP IDENTITY;
ALTER TABLE like_all ALTER COLUMN id DROP IDENTITY IF EXISTS;
ALTER TABLE both_keys DROP CONSTRAINT IF EXISTS nope, DROP CONSTRAINT both_keys_pkey CASCADE;
ALTER TABLE "Straße" ADD CHECK ("größe" > 0), ADD UNIQUE ("größe", "select");

-- Foreign tables, temporary tables, data.
CREATE FOREIGN DATA WRAPPER wrapper;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER wrapper;
CREATE FOREIGN TABLE remote (id int OPTIONS (column_name 'ID') NOT NULL, name text DEFAULT 'x') SERVER elsewhere OPTIONS (a 'b');
CREATE TEMP TABLE scratch (id int);
CREATE TEMPORARY TABLE scratch2 AS SELECT 1 AS a;
INSERT INTO customers ("Name", email, kind) VALUES ('a; b', 'a@b', 5), ($x$'$x$, 'c@d', 6);
COPY copied (id, "Name") FROM stdin;
1	it's; "quoted" \\.
2	\N
\.
UPDATE customers SET kind = 1 WHERE kind = 3; DELETE FROM customers WHERE kind = 2;
GRANT SELECT ON customers TO PUBLIC;

-- What is passed over.
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    CREATE TEMP TABLE IF NOT EXISTS hidden (id int);
    RETURN NEW;
END;
$fn$;
CREATE FUNCTION add_one(i integer) RETURNS integer LANGUAGE sql IMMUTABLE RETURN i + 1;
CREATE FUNCTION pair(OUT a int, OUT b text) LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END, 'x'; END;
CREATE OR REPLACE FUNCTION listing(limit_to int DEFAULT 10) RETURNS TABLE (id bigint, label varchar(20)) LANGUAGE sql AS 'SELECT 1::bigint, ''x''::varchar';
CREATE FUNCTION all_customers() RETURNS SETOF customers LANGUAGE sql AS 'SELECT * FROM customers';
CREATE AGGREGATE total (numeric) (SFUNC = numeric_add, STYPE = numeric, INITCOND = '0');
CREATE TRIGGER touched BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE quiet AS ON INSERT TO copied DO ALSO (SELECT 1; SELECT 2);
CREATE POLICY everyone ON customers USING (true);
DO $$ BEGIN CREATE TYPE mood AS ENUM ('x'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'weather') THEN
        CREATE TYPE weather AS ENUM ('sun', 'rain');
    END IF;
    ALTER TABLE customers ADD COLUMN weather weather;
END
$$;

-- Dropping.
CREATE TABLE dropped_parent (id serial PRIMARY KEY);
CREATE TABLE kept_child (id int, parent int REFERENCES dropped_parent, m mood);
CREATE VIEW dropped_view AS SELECT * FROM dropped_parent;
DROP TABLE dropped_parent CASCADE;
CREATE TYPE dropped_type AS ENUM ('a');
CREATE TABLE loses_column (a int, b dropped_type, CHECK (a > 0));
DROP TYPE IF EXISTS dropped_type, nope CASCADE;
CREATE TABLE gone1 (id int PRIMARY KEY); CREATE TABLE gone2 (id int REFERENCES gone1);
DROP TABLE gone1, gone2;
CREATE SCHEMA gone; CREATE TABLE gone.t (id serial); CREATE TYPE gone.ty AS ENUM ();
CREATE TABLE uses_gone (a gone.ty, b int);
DROP SCHEMA gone CASCADE;
CREATE SEQUENCE gone_seq; CREATE TABLE uses_seq (id int DEFAULT nextval('public.gone_seq'::regclass));
DROP SEQUENCE gone_seq CASCADE;
DROP TABLE IF EXISTS nope; DROP VIEW IF EXISTS nope; DROP MATERIALIZED VIEW IF EXISTS nope; DROP INDEX IF EXISTS nope;
DROP FUNCTION IF EXISTS nope(); DROP DOMAIN IF EXISTS nope; DROP TRIGGER IF EXISTS nope ON customers;

-- The search path.
SET search_path TO app, public;
CREATE TABLE in_app (id int PRIMARY KEY, c bigint REFERENCES customers, m mood);
CREATE TABLE public.in_public (a int REFERENCES in_app);
SET search_path = "Odd Schema", app;
CREATE TABLE "In Odd" (id serial, a int REFERENCES in_app);
RESET search_path;
