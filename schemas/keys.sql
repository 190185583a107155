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

-- Keys that are equal for the server and differ for the program, each in two spellings.
CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

CREATE TABLE words (id citext PRIMARY KEY);
CREATE TABLE word_uses (
    id        integer PRIMARY KEY,
    required  citext NOT NULL REFERENCES words,
    optional  citext REFERENCES words
);

CREATE TABLE labels (id text COLLATE any_case PRIMARY KEY);
CREATE TABLE label_uses (
    id        integer PRIMARY KEY,
    required  text COLLATE any_case NOT NULL REFERENCES labels,
    optional  text COLLATE any_case REFERENCES labels
);

CREATE TABLE padded (id char(4) PRIMARY KEY);
CREATE TABLE padded_uses (
    id        integer PRIMARY KEY,
    required  char(2) NOT NULL REFERENCES padded,
    optional  char(2) REFERENCES padded
);

CREATE TABLE periods (id interval PRIMARY KEY);
CREATE TABLE period_uses (
    id        integer PRIMARY KEY,
    required  interval NOT NULL REFERENCES periods,
    optional  interval REFERENCES periods
);

-- A domain with such a collation.
CREATE DOMAIN tag AS text COLLATE any_case;
CREATE TABLE tags (id tag PRIMARY KEY);
CREATE TABLE tag_uses (
    id        int PRIMARY KEY,
    required  tag NOT NULL REFERENCES tags,
    optional  tag REFERENCES tags
);

-- A `char(n)` that refers to another text, and another text that refers to a `char(n)`, each also through a join table.
CREATE TABLE plain (id text PRIMARY KEY);
CREATE TABLE plain_uses (
    id        int PRIMARY KEY,
    required  char(4) NOT NULL REFERENCES plain,
    optional  char(4) REFERENCES plain
);
CREATE TABLE fixed (id char(4) PRIMARY KEY);
CREATE TABLE fixed_uses (
    id        int PRIMARY KEY,
    required  varchar(8) NOT NULL REFERENCES fixed,
    optional  varchar(8) REFERENCES fixed
);
CREATE TABLE fixed_plain (
    fixed_id  varchar(8) REFERENCES fixed,
    plain_id  char(8) REFERENCES plain,
    PRIMARY KEY (fixed_id, plain_id)
);
CREATE TABLE mixed (a varchar(5), b char(3), PRIMARY KEY (a, b));
CREATE TABLE mixed_uses (
    id        int PRIMARY KEY,
    a         char(5),
    b         varchar(5),
    FOREIGN KEY (a, b) REFERENCES mixed
);

-- A key whose collation ignores the case, and columns that refer to it with others: no foreign key, since PostgreSQL 18
-- has none between such columns.
CREATE TABLE names (id text COLLATE any_case PRIMARY KEY);
CREATE TABLE name_uses (
    id        int PRIMARY KEY,
    required  text COLLATE "C" NOT NULL,
    optional  text
);

-- Two collations that the server does not compare unless it is told by which; in a tree, and through a join table too.
CREATE TABLE plates (
    id     text COLLATE "POSIX" PRIMARY KEY,
    above  text COLLATE "C" REFERENCES plates
);
CREATE TABLE plate_uses (
    id        int PRIMARY KEY,
    plate_id  text COLLATE "C" NOT NULL REFERENCES plates
);
CREATE TABLE plate_pairs (
    plate_id  text COLLATE "C" REFERENCES plates,
    other_id  text COLLATE "C" REFERENCES plates,
    PRIMARY KEY (plate_id, other_id)
);

-- An enum of the same name in another schema, with other labels in another order.
CREATE SCHEMA apart;
CREATE TYPE apart.color AS ENUM ('white', 'blue', 'red');

CREATE TABLE walls (
    id      integer PRIMARY KEY,
    other   apart.color,
    others  apart.color[],
    color   color,
    colors  color[]
);

-- And a composite type, whose fields are the same in another order.
CREATE TYPE apart.spot AS (label text, shelf integer);
CREATE TABLE shelves (
    id      integer PRIMARY KEY,
    other   apart.spot,
    others  apart.spot[],
    spot    spot
);

-- Amounts of a type of the program's own, over a type whose sums have another one.
CREATE DOMAIN small_cents AS integer;
CREATE TABLE amounts (
    id     int PRIMARY KEY,
    owner  int NOT NULL REFERENCES amounts,
    cents  bigint NOT NULL,
    small  small_cents
);
