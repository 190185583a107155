use std::sync::Arc;

use super::*;
use crate::catalog::ddl;

const DDL: &str = r#"
CREATE SCHEMA app; COMMENT ON SCHEMA app IS 'the app''s';
CREATE EXTENSION citext;
CREATE TYPE app.mood AS ENUM ('yes', 'no', 'a "b"');
CREATE TYPE app.none AS ENUM ();
CREATE TYPE app.pair AS (a int, b numeric(10,2)[]);
CREATE TYPE app.span AS RANGE (subtype = float8);
CREATE DOMAIN app.age AS int NOT NULL DEFAULT 18 CONSTRAINT adult CHECK (VALUE >= 18);
CREATE TABLE app."weird.name" (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "no" text COLLATE "C", "two words" varchar(10) NOT NULL
    DEFAULT E'a\nb: {c}, # "d"', n int GENERATED ALWAYS AS (1 + 1) STORED, at timestamptz(3) DEFAULT now(),
  UNIQUE ("no", n) DEFERRABLE INITIALLY DEFERRED, CHECK (n > 0), CONSTRAINT one EXCLUDE USING gist (n WITH =));
COMMENT ON COLUMN app."weird.name".n IS E'line one\nline two\u0001\u2028end';
CREATE TABLE child (id bigint REFERENCES app."weird.name" ON DELETE CASCADE MATCH FULL, k serial);
CREATE INDEX ON child USING hash ((id + 1)) WHERE id > 1;
CREATE TABLE parted (a int) PARTITION BY LIST (a);
CREATE TABLE part PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE heir () INHERITS (child);
CREATE VIEW v AS SELECT id FROM child;
"#;

fn catalog() -> Catalog {
    let mut diagnostics = Diagnostics::new();
    let loaded = ddl::interpret(&[Source::new("t.sql", DDL)], &mut diagnostics);
    assert!(!diagnostics.has_errors(), "{diagnostics}");
    loaded.catalog
}

#[test]
fn there_and_back() {
    let catalog = catalog();
    let text = write(&catalog).unwrap();
    insta::assert_snapshot!(text.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    assert_eq!(read(&Source::new("s.yaml", text.clone())).unwrap(), catalog);
    assert_eq!(write(&read(&Source::new("s.yaml", text.clone())).unwrap()).unwrap(), text);
}

#[test]
fn an_empty_catalog_is_a_snapshot_too() {
    let text = write(&Catalog::default()).unwrap();
    assert_eq!(read(&Source::new("s.yaml", text)).unwrap(), Catalog::default());
}

#[test]
fn what_is_wrong_has_its_place() {
    let cases = [
        "snapshot: 2\nfuture: [1]\n",
        "tables: {}\n",
        "snapshot: 1\ntables: [\n",
        "snapshot: 1\ntable: {}\n",
        "snapshot: 1\ntables:\n  public.t:\n    columns:\n      - { name: a, type: \"numeric(10\" }\n",
        "snapshot: 1\ntables:\n  t: {}\n",
        "snapshot: 1\ntypes:\n  public.t: { enum: [a], domain: int4 }\n",
        "<<<<<<< HEAD\nsnapshot: 1\n",
        "just text",
        "",
    ];
    let shown: Vec<String> = cases
        .iter()
        .map(|text| {
            let source: Arc<Source> = Source::new("s.yaml", *text);
            read(&source).unwrap_err().to_string()
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}
