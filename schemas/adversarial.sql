-- Names and comments made to break a code generator. Every one is legal in PostgreSQL 15.
-- Whoever finds another that hurts adds it here.

-- Keywords of Rust, and of SQL ---------------------------------------------------------------------------------------

CREATE TABLE "type" (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "type"      text NOT NULL,
    self        text,
    "Self"      text,
    super       text,
    crate       text,
    "_"         text,
    "__"        text,
    "fn"        text,
    "struct"    text,
    "impl"      text,
    "async"     text,
    "gen"       text,
    "try"       text,
    "union"     text,
    "static"    text,
    "select"    text,
    "from"      text,
    "where"     text,
    "order"     integer,
    "user"      text,
    "table"     text,
    "default"   text NOT NULL DEFAULT 'default',
    "true"      boolean
);

CREATE TABLE "fn" (id integer PRIMARY KEY, "type" bigint REFERENCES "type");
CREATE TABLE "self" (id integer PRIMARY KEY);
CREATE TABLE "Self" (id integer PRIMARY KEY);
CREATE TABLE "crate" (id integer PRIMARY KEY);
CREATE TABLE "select" (id integer PRIMARY KEY, "from" integer REFERENCES "self");

-- Rust's prelude, primitive types, crates, files ---------------------------------------------------------------------

CREATE TABLE option (id integer PRIMARY KEY, "some" text, "none" text NOT NULL);
CREATE TABLE options (id integer PRIMARY KEY, option_id integer REFERENCES option);
CREATE TABLE result (id integer PRIMARY KEY, ok text NOT NULL, err text);
CREATE TABLE vec (id integer PRIMARY KEY, vec integer[] NOT NULL);
CREATE TABLE string (id integer PRIMARY KEY, string text NOT NULL);
CREATE TABLE "box" (id integer PRIMARY KEY, "box" pg_catalog.box);
CREATE TABLE "some" (id integer PRIMARY KEY);
CREATE TABLE "default" (id integer PRIMARY KEY DEFAULT 1);
CREATE TABLE clone (id integer PRIMARY KEY, clone integer REFERENCES clone);
CREATE TABLE "iterator" (id integer PRIMARY KEY, next integer, len integer, iter text);
CREATE TABLE "i32" (id integer PRIMARY KEY, i32 integer, "bool" boolean, str text);
CREATE TABLE std (id integer PRIMARY KEY, core text, alloc text);
CREATE TABLE serde (id integer PRIMARY KEY, serde text);
CREATE TABLE "mod" (id integer PRIMARY KEY);
CREATE TABLE lib (id integer PRIMARY KEY);
CREATE TABLE main (id integer PRIMARY KEY);
CREATE TABLE con (id integer PRIMARY KEY, nul text, aux text, com1 text);
CREATE TABLE nul (id integer PRIMARY KEY);

-- ormgen's own words -------------------------------------------------------------------------------------------------

CREATE TABLE model (id integer PRIMARY KEY, model text);
CREATE TABLE "column" (id integer PRIMARY KEY, "column" text, "columns" text[]);
CREATE TABLE databases (id integer PRIMARY KEY, databases text);
CREATE TABLE database (id integer PRIMARY KEY);
CREATE TABLE query (id integer PRIMARY KEY, query text, find text, insert text, filter text, "all" text, one text);
CREATE TABLE relation (id integer PRIMARY KEY, query_id integer REFERENCES query);
CREATE TABLE reference (id integer PRIMARY KEY);
CREATE TABLE transaction (id integer PRIMARY KEY);
CREATE TABLE pool (id integer PRIMARY KEY);
CREATE TABLE error (id integer PRIMARY KEY, code text, message text, source text);
CREATE TABLE "row" (id integer PRIMARY KEY, "row" text, get text, try_get text);
CREATE TABLE new (id integer PRIMARY KEY, new text);
CREATE TABLE things (id integer PRIMARY KEY);
CREATE TABLE new_things (id integer PRIMARY KEY, thing_id integer REFERENCES things);

-- Names that are one after conversion --------------------------------------------------------------------------------

CREATE TABLE users (
    id           integer PRIMARY KEY,
    "ID"         integer,
    "Id"         integer,
    "iD"         integer,
    _id          integer,
    id_          integer,
    "id "        integer,
    user_name    text,
    "userName"   text,
    "UserName"   text,
    "user name"  text,
    "user-name"  text,
    "user.name"  text
);

CREATE TABLE "user" (id integer PRIMARY KEY, user_id integer REFERENCES users);
CREATE TABLE "Users" (id integer PRIMARY KEY, user_id integer REFERENCES users);
CREATE TABLE "USERS" (id integer PRIMARY KEY);
CREATE TABLE " users" (id integer PRIMARY KEY);

CREATE SCHEMA auth;
CREATE SCHEMA "Auth";
CREATE SCHEMA "my schema";
CREATE TABLE auth.users (id integer PRIMARY KEY);
CREATE TABLE "Auth"."users" (id integer PRIMARY KEY);
CREATE TABLE "my schema"."my table" (id integer PRIMARY KEY, user_id integer REFERENCES auth.users);
CREATE TABLE auth_users (id integer PRIMARY KEY);
CREATE TABLE "a.b" (id integer PRIMARY KEY);
CREATE SCHEMA a;
CREATE TABLE a.b (id integer PRIMARY KEY);

CREATE TYPE status AS ENUM ('a', 'b');
CREATE TABLE statuses (id integer PRIMARY KEY, status status NOT NULL DEFAULT 'a');

CREATE TABLE item_1_2 (id integer PRIMARY KEY);
CREATE TABLE item_12 (id integer PRIMARY KEY);
CREATE TABLE item12 (id integer PRIMARY KEY);

-- Keys that compete for a relation's name, with each other and with columns.
CREATE TABLE memberships (
    user_id    integer REFERENCES users,
    "userId"   integer REFERENCES users,
    user_uuid  integer REFERENCES users,
    "user"     integer REFERENCES "user",
    parent_id  integer REFERENCES "Users",
    parent     text,
    PRIMARY KEY (user_id, "userId")
);

-- Characters ---------------------------------------------------------------------------------------------------------

CREATE TABLE "say ""hello""" (
    id              integer PRIMARY KEY,
    "a ""quote"""   text,
    "an 'apostrophe'"  text,
    "back\slash"    text,
    "trailing\"     text,
    "per%cent"      text,
    "{}"            text,
    "{"             text,
    "}"             text,
    "{{ x }}"       text,
    "{% if x %}"    text,
    "${HOME}"       text,
    "a$b"           text,
    sys$name        text,
    "$1"            text,
    "#"             text,
    "r#type"        text,
    "a/*b*/c"       text,
    "a--b"          text,
    "a;b"           text,
    "<b>&amp;</b>"  text,
    "`tick`"        text,
    "a	tab"         text,
    "two
lines"            text,
    "*"             text,
    "?column?"      text
);

CREATE TABLE "   " (id integer PRIMARY KEY, " " text, "  " text);
CREATE TABLE "$$$" (id integer PRIMARY KEY, "-" text, "--" text, "-----" text, "!!!!!" text, "+" text);
CREATE TABLE "1st" (id integer PRIMARY KEY, "2nd" text, "3" text, "0x10" text, "1e5" text);
CREATE TABLE "😀" (id integer PRIMARY KEY, "😀" text, "🎉 party" text, "👩‍👩‍👧" text);
CREATE TABLE "größe" (id integer PRIMARY KEY, "Straße" text, "STRASSE" text, "strasse" text, "ÄÖÜ" text, "ß" text);
CREATE TABLE "日本語" (id integer PRIMARY KEY, "名前" text NOT NULL, "年齢" integer);
CREATE TABLE "Пользователи" (id integer PRIMARY KEY, "Имя" text, "а" text, a text);
CREATE TABLE "नमस्ते" (id integer PRIMARY KEY, "क्षेत्र" text);
CREATE TABLE "مرحبا" (id integer PRIMARY KEY, "اسم" text);
CREATE TABLE "İstanbul" (id integer PRIMARY KEY, "ı" text, "İ" text, i text, "ΣΑΣ" text, "ǅ" text);

-- One letter written in two ways: a composed one, and a letter with a mark. Ligatures and wide letters.
CREATE TABLE compositions (id integer PRIMARY KEY, "café" text, "café" text, "ﬁeld" text, field text, "ｆｉｅｌｄ" text);

-- 63 bytes, the most that a name can have; the two differ in the last.
CREATE TABLE a23456789_123456789_123456789_123456789_123456789_123456789_123 (
    id integer PRIMARY KEY,
    c23456789_123456789_123456789_123456789_123456789_123456789_12x text,
    c23456789_123456789_123456789_123456789_123456789_123456789_12y text
);
CREATE TABLE a23456789_123456789_123456789_123456789_123456789_123456789_124 (
    id integer PRIMARY KEY,
    b23456789_123456789_123456789_123456789_123456789_123456789__id integer
        REFERENCES a23456789_123456789_123456789_123456789_123456789_123456789_123
);

-- Types --------------------------------------------------------------------------------------------------------------

CREATE TYPE "Labels" AS ENUM (
    '', ' ', 'Self', 'self', '1', '1st', '-1', 'a b', 'a-b', 'A', 'a', '+', '-', '>=', 'A+', 'A-', 'it''s', '"', '\',
    '{}', '日本', '😀', 'None', 'Some', 'type', 'default', 'a,b', 'NULL', '*/'
);

CREATE TYPE "enum" AS ENUM ('enum');
CREATE TYPE nobody AS ENUM ();
CREATE DOMAIN "domain" AS text CHECK (VALUE <> '*/ """ #"');
CREATE TYPE "struct" AS ("type" text, "self" integer, "A" text, a text, "say ""hi""" "Labels");
CREATE TYPE "impl" AS ("struct" "struct", "many structs" "struct"[]);
CREATE TYPE str AS (str text);

CREATE TABLE uses_of_types (
    id        integer PRIMARY KEY,
    label     "Labels" NOT NULL DEFAULT '',
    labels    "Labels"[] NOT NULL DEFAULT '{}',
    "enum"    "enum",
    nobody    nobody,
    "domain"  "domain",
    "struct"  "struct",
    "impl"    "impl",
    "impls"   "impl"[],
    str       str
);

-- Comments and defaults that end what they are put into --------------------------------------------------------------

CREATE TABLE comments (
    id         integer PRIMARY KEY,
    stars      text DEFAULT '*/',
    quotes     text DEFAULT '"""',
    raw        text DEFAULT '"#; fn main() {} r#"',
    fence      text,
    newlines   text DEFAULT E'a\nb\\n\tc',
    backslash  text DEFAULT 'ends with \',
    brackets   text,
    html       text,
    template   text DEFAULT '{{ 7 * 7 }}',
    dollars    text DEFAULT $q$it's $$ here$q$,
    empty      text,
    indented   text,
    long       text,
    bidi       text
);

COMMENT ON TABLE comments IS '*/ ends a block comment; so does */*/. /* opens one. //! and /// and #![deny(warnings)]';
COMMENT ON COLUMN comments.id IS '"""';
COMMENT ON COLUMN comments.stars IS '*/ fn main() {} /*';
COMMENT ON COLUMN comments.quotes IS 'a "quoted" word, """three""", and ''one''';
COMMENT ON COLUMN comments.raw IS '"# ends a raw string, "## too, and r#" starts one; so does #"';
COMMENT ON COLUMN comments.fence IS '```
this is no Rust, and would not compile as a doc test
```
~~~rust
fn main() { panic!() }
~~~
```ignore
unclosed';
COMMENT ON COLUMN comments.newlines IS E'one\ntwo\r\nthree\rfour\n\n\nfive\n';
COMMENT ON COLUMN comments.backslash IS 'ends with a backslash \';
COMMENT ON COLUMN comments.brackets IS 'see [`Nothing`], [nowhere], [a](b) and [c][d]; list[0]';
COMMENT ON COLUMN comments.html IS '<script>alert(1)</script> <b>unclosed, Vec<String>, a < b > c, http://bare.example.org/url';
COMMENT ON COLUMN comments.template IS '{{ self }} {% raw %} {# comment #} {} {0} %s ${HOME} $1';
COMMENT ON COLUMN comments.empty IS ' ';
COMMENT ON COLUMN comments.indented IS 'text

    four spaces make a code block that rustdoc would compile

	and so does a tab';
COMMENT ON COLUMN comments.long IS 'Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece; Words without an end, as a form pasted in one piece;';
-- Text that turns the reading order, a space of no width, a byte order mark.
COMMENT ON COLUMN comments.bidi IS U&'\202Eright to left\202C and a zero\200Bwidth space, \FEFFa byte order mark';
COMMENT ON TYPE "Labels" IS '*/ " \ {{ }}';
COMMENT ON SCHEMA "my schema" IS '# not a heading';

-- What ON CONFLICT calls the row that could not be stored, and the table then.
CREATE TABLE excluded (
    id        integer PRIMARY KEY,
    excluded  text,
    target    text NOT NULL
);

-- What queries made at random are about: names that statements themselves use, for functions, types and aliases.
CREATE TABLE "t0 --" (
    "$1"           bigint PRIMARY KEY,
    "lower"        text NOT NULL,
    "excluded"     text,
    "it's ""it"""  integer NOT NULL,
    "sum"          integer,
    "int4"         integer,
    "count"        bigint,
    "NULL"         boolean,
    "t0"           boolean NOT NULL,
    "Größe/*"      numeric,
    "when"         timestamptz,
    "{}"           integer[],
    "t1"           bigint REFERENCES "t0 --" ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE "t1" (
    "?"      integer PRIMARY KEY,
    "t0"     bigint NOT NULL REFERENCES "t0 --" ON DELETE CASCADE,
    "max"    integer,
    "lower"  text
);

CREATE TABLE "EXISTS (SELECT" (
    "1"           integer PRIMARY KEY,
    "string_agg"  text NOT NULL,
    "min"         integer
);

CREATE TABLE "t2" (
    "t0"  bigint REFERENCES "t0 --" ON DELETE CASCADE,
    "t1"  integer REFERENCES "EXISTS (SELECT" ON DELETE CASCADE,
    PRIMARY KEY ("t0", "t1")
);

-- A view over some of that, and one whose columns nobody named.
CREATE VIEW "select * from ""users""" AS SELECT id, "ID", "user name" AS "Self" FROM users;
CREATE VIEW unnamed AS SELECT 1, 2 AS "2", 'x'::text AS "?column? ";
