-- A column of every type of PostgreSQL 15 that a table can hold and a value can be written to, and of its array;
-- then types of one's own: enums, domains, composites and ranges, in each other.
--
-- Left out are types that accept no value from outside (pg_node_tree, gtsvector, pg_ndistinct, pg_dependencies,
-- pg_mcv_list, pg_brin_*) and pseudo-types, which no column can have.
-- https://www.postgresql.org/docs/15/datatype.html

-- Numbers ------------------------------------------------------------------------------------------------------------

CREATE TABLE numbers (
    id              integer PRIMARY KEY,
    int2            smallint,
    int4            integer,
    int8            bigint,
    numeric_plain   numeric,
    numeric_scaled  numeric(10, 2),
    numeric_tens    numeric(3, -2),
    float4          real,
    float8          double precision,
    float_24        float(24),
    float_25        float(25),
    money           money
);

CREATE TABLE number_arrays (
    id              integer PRIMARY KEY,
    int2            smallint[],
    int4            integer[],
    int8            bigint[],
    numeric_plain   numeric[],
    numeric_scaled  numeric(10, 2)[],
    float4          real[],
    float8          double precision[],
    money           money[],
    int4_grid       integer[][],
    int4_of_three   integer[3],
    int4_sql        integer ARRAY,
    int4_sql_four   integer ARRAY[4]
);

-- Three ways to be numbered; only the first two are types of their own, and only in a column's definition.
CREATE TABLE serials (
    small  smallserial PRIMARY KEY,
    usual  serial NOT NULL,
    big    bigserial NOT NULL
);

-- Text, bytes and bits -----------------------------------------------------------------------------------------------

CREATE TABLE texts (
    id          integer PRIMARY KEY,
    text        text,
    varchar     varchar,
    varchar_10  varchar(10),
    varying     character varying(10),
    char_1      char,
    char_10     char(10),
    bpchar      bpchar,
    "char"      "char",
    name        name,
    collated    text COLLATE "C",
    bytea       bytea,
    bit_1       bit,
    bit_8       bit(8),
    varbit      bit varying,
    varbit_8    bit varying(8)
);

CREATE TABLE text_arrays (
    id          integer PRIMARY KEY,
    text        text[],
    varchar     varchar[],
    varchar_10  varchar(10)[],
    char_10     char(10)[],
    "char"      "char"[],
    name        name[],
    bytea       bytea[],
    bit_8       bit(8)[],
    varbit      bit varying[]
);

-- Truth, time and identity -------------------------------------------------------------------------------------------

CREATE TABLE times (
    id                integer PRIMARY KEY,
    bool              boolean,
    date              date,
    "time"            time,
    time_3            time(3) without time zone,
    timetz            time with time zone,
    timetz_0          timetz(0),
    "timestamp"       timestamp,
    timestamp_3       timestamp(3),
    timestamptz       timestamp with time zone,
    timestamptz_3     timestamptz(3),
    "interval"        interval,
    interval_3        interval(3),
    interval_months   interval year to month,
    interval_seconds  interval day to second(3),
    uuid              uuid
);

CREATE TABLE time_arrays (
    id           integer PRIMARY KEY,
    bool         boolean[],
    date         date[],
    "time"       time[],
    timetz       timetz[],
    "timestamp"  timestamp[],
    timestamptz  timestamptz[],
    "interval"   interval[],
    uuid         uuid[]
);

-- Documents, networks, shapes and search -----------------------------------------------------------------------------

CREATE TABLE documents (
    id        integer PRIMARY KEY,
    json      json,
    jsonb     jsonb,
    jsonpath  jsonpath,
    xml       xml,
    tsvector  tsvector,
    tsquery   tsquery,
    inet      inet,
    cidr      cidr,
    macaddr   macaddr,
    macaddr8  macaddr8
);

CREATE TABLE document_arrays (
    id        integer PRIMARY KEY,
    json      json[],
    jsonb     jsonb[],
    jsonpath  jsonpath[],
    xml       xml[],
    tsvector  tsvector[],
    tsquery   tsquery[],
    inet      inet[],
    cidr      cidr[],
    macaddr   macaddr[],
    macaddr8  macaddr8[]
);

CREATE TABLE shapes (
    id       integer PRIMARY KEY,
    point    point,
    line     line,
    lseg     lseg,
    box      box,
    path     path,
    polygon  polygon,
    circle   circle
);

CREATE TABLE shape_arrays (
    id       integer PRIMARY KEY,
    point    point[],
    line     line[],
    lseg     lseg[],
    box      box[],
    path     path[],
    polygon  polygon[],
    circle   circle[]
);

-- What the server uses for itself ------------------------------------------------------------------------------------

CREATE TABLE internals (
    id             integer PRIMARY KEY,
    oid            oid,
    xid            xid,
    xid8           xid8,
    cid            cid,
    tid            tid,
    pg_lsn         pg_lsn,
    pg_snapshot    pg_snapshot,
    txid_snapshot  txid_snapshot,
    aclitem        aclitem,
    refcursor      refcursor,
    int2vector     int2vector,
    oidvector      oidvector,
    regclass       regclass,
    regcollation   regcollation,
    regconfig      regconfig,
    regdictionary  regdictionary,
    regnamespace   regnamespace,
    regoper        regoper,
    regoperator    regoperator,
    regproc        regproc,
    regprocedure   regprocedure,
    regrole        regrole,
    regtype        regtype
);

CREATE TABLE internal_arrays (
    id             integer PRIMARY KEY,
    oid            oid[],
    xid            xid[],
    xid8           xid8[],
    cid            cid[],
    tid            tid[],
    pg_lsn         pg_lsn[],
    pg_snapshot    pg_snapshot[],
    txid_snapshot  txid_snapshot[],
    aclitem        aclitem[],
    refcursor      refcursor[],
    int2vector     int2vector[],
    oidvector      oidvector[],
    regclass       regclass[],
    regcollation   regcollation[],
    regconfig      regconfig[],
    regdictionary  regdictionary[],
    regnamespace   regnamespace[],
    regoper        regoper[],
    regoperator    regoperator[],
    regproc        regproc[],
    regprocedure   regprocedure[],
    regrole        regrole[],
    regtype        regtype[]
);

-- Ranges -------------------------------------------------------------------------------------------------------------

CREATE TYPE float_range AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi);
CREATE TYPE text_range AS RANGE (SUBTYPE = text, COLLATION = "C", MULTIRANGE_TYPE_NAME = text_ranges);

CREATE TABLE ranges (
    id              integer PRIMARY KEY,
    int4range       int4range,
    int8range       int8range,
    numrange        numrange,
    tsrange         tsrange,
    tstzrange       tstzrange,
    daterange       daterange,
    int4multirange  int4multirange,
    int8multirange  int8multirange,
    nummultirange   nummultirange,
    tsmultirange    tsmultirange,
    tstzmultirange  tstzmultirange,
    datemultirange  datemultirange,
    floats          float_range,
    many_floats     float_multirange,
    texts           text_range,
    many_texts      text_ranges
);

CREATE TABLE range_arrays (
    id              integer PRIMARY KEY,
    int4range       int4range[],
    int8range       int8range[],
    numrange        numrange[],
    tsrange         tsrange[],
    tstzrange       tstzrange[],
    daterange       daterange[],
    int4multirange  int4multirange[],
    int8multirange  int8multirange[],
    nummultirange   nummultirange[],
    tsmultirange    tsmultirange[],
    tstzmultirange  tstzmultirange[],
    datemultirange  datemultirange[],
    floats          float_range[],
    many_texts      text_ranges[]
);

-- Enums, domains and composites --------------------------------------------------------------------------------------

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
ALTER TYPE mood ADD VALUE 'glad' BEFORE 'happy';
ALTER TYPE mood RENAME VALUE 'ok' TO 'so so';

CREATE DOMAIN short_text AS text CHECK (length(VALUE) <= 20);
CREATE DOMAIN shorter_text AS short_text CHECK (length(VALUE) <= 10);
CREATE DOMAIN sure_text AS text DEFAULT '' NOT NULL;
CREATE DOMAIN some_numbers AS integer[] CHECK (cardinality(VALUE) > 0);
-- NOT NULL and the default are the elements', not the array's.
CREATE DOMAIN sure_texts AS sure_text[];
CREATE DOMAIN good_mood AS mood CHECK (VALUE > 'sad');
CREATE DOMAIN price AS numeric(10, 2);

CREATE TYPE place AS (
    street  text,
    city    varchar(40),
    at      point
);

CREATE TYPE person AS (
    name    short_text,
    home    place,
    others  place[],
    moods   mood[],
    born    date
);

CREATE DOMAIN known_place AS place CHECK ((VALUE).city IS NOT NULL);

CREATE TABLE own_types (
    id            integer PRIMARY KEY,
    mood          mood,
    mood_sure     mood NOT NULL DEFAULT 'so so',
    short_text    short_text,
    shorter_text  shorter_text,
    sure_text     sure_text,
    some_numbers  some_numbers,
    sure_texts    sure_texts,
    good_mood     good_mood,
    price         price,
    place         place,
    person        person,
    known_place   known_place
);

-- A domain that is NOT NULL gives a view NULL all the same: for a row that a join does not find, and for an empty subquery.
CREATE VIEW unsure_texts AS
SELECT wanted.id, found.sure_text, (SELECT own.sure_text FROM own_types AS own WHERE own.id = wanted.id) AS again
FROM (VALUES (1), (2)) AS wanted (id)
LEFT JOIN own_types AS found ON found.id = wanted.id;

CREATE MATERIALIZED VIEW unsure_texts_kept AS SELECT * FROM unsure_texts;

CREATE TABLE own_type_arrays (
    id            integer PRIMARY KEY,
    mood          mood[],
    short_text    short_text[],
    shorter_text  shorter_text[],
    some_numbers  some_numbers[],
    good_mood     good_mood[],
    price         price[],
    place         place[],
    person        person[],
    known_place   known_place[]
);

-- The row type of a table is a type as well.
CREATE TABLE rows_of_tables (
    id     integer PRIMARY KEY,
    shape  shapes,
    many   serials[]
);

-- How a column gets its value ----------------------------------------------------------------------------------------

CREATE TABLE ways_to_a_value (
    always_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    by_default_id  bigint GENERATED BY DEFAULT AS IDENTITY (INCREMENT BY 5 START WITH 10),
    required       text NOT NULL,
    optional       text,
    defaulted      text NOT NULL DEFAULT 'x',
    optional_too   text DEFAULT 'x',
    computed       text GENERATED ALWAYS AS (required || '!') STORED,
    from_domain    sure_text,
    stamped        timestamptz NOT NULL DEFAULT now()
);

-- A table without columns is legal, as is one without a key.
CREATE TABLE nothing ();
CREATE TABLE keyless (value text);
