-- A table for each sort of key that a row is found by, for tests.

CREATE EXTENSION citext;

CREATE TYPE color AS ENUM ('red', 'green', 'blue');
CREATE DOMAIN code AS varchar(20) CHECK (VALUE <> '');

CREATE TABLE by_uuid (
    id    uuid PRIMARY KEY,
    name  text NOT NULL
);

CREATE TABLE by_text (
    id    text PRIMARY KEY,
    name  text NOT NULL
);

CREATE TABLE by_citext (
    id    citext PRIMARY KEY,
    name  text NOT NULL
);

CREATE TABLE by_enum (
    id    color PRIMARY KEY,
    name  text NOT NULL
);

CREATE TABLE by_domain (
    id    code PRIMARY KEY,
    name  text NOT NULL
);

CREATE TABLE by_date (
    id    date PRIMARY KEY,
    name  text NOT NULL
);

CREATE TABLE by_numeric (
    id    numeric(12, 2) PRIMARY KEY,
    name  text NOT NULL
);

-- A key of several columns, of types that an array of their own is made of.
CREATE TABLE by_several (
    shade   color,
    number  smallint,
    code    code,
    name    text NOT NULL,
    PRIMARY KEY (shade, number, code)
);

CREATE TABLE by_four (
    region  text,
    number  smallint,
    shade   color,
    code    code,
    name    text NOT NULL,
    PRIMARY KEY (region, number, shade, code)
);

CREATE TABLE by_five (
    region  text,
    number  smallint,
    shade   color,
    code    code,
    part    integer,
    name    text NOT NULL,
    PRIMARY KEY (region, number, shade, code, part)
);

-- Values beside which the server does not infer the type of another one.
CREATE TYPE spot AS (shelf integer, label text);
CREATE DOMAIN good_spot AS spot CHECK ((VALUE).shelf > 0);

-- Such values as keys.
CREATE TABLE by_cidr (
    id    cidr PRIMARY KEY,
    name  text NOT NULL
);

CREATE TABLE by_spot (
    id    spot PRIMARY KEY,
    name  text NOT NULL
);

CREATE TABLE notes_of_cidrs (
    id    integer PRIMARY KEY,
    net   cidr NOT NULL REFERENCES by_cidr
);

CREATE TABLE stocks (
    id     integer PRIMARY KEY,
    spot   spot,
    spots  spot[],
    good   good_spot,
    net    cidr,
    codes  code[],
    span   numrange
);

-- Its Rust type refuses some values, before anything is sent.
CREATE TABLE by_choosy (
    id    text PRIMARY KEY,
    name  text NOT NULL
);
