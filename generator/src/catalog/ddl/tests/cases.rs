//! Tables of cases: statements, and what they become or what is said of them.

use super::{super::super::*, load, picture::picture, problems};

/// Loads texts in which nothing is wrong.
fn catalog(texts: &[&str]) -> Catalog {
    let (loaded, diagnostics) = load(texts);
    assert_eq!(problems(&diagnostics), Vec::<String>::new(), "{texts:?}");
    loaded.catalog
}

/// The picture of the tables, without the schema `public`.
fn tables(text: &str) -> Vec<String> {
    let picture = picture(&catalog(&[text]));
    picture.lines().filter(|line| *line != "schema public").map(|line| line.trim().to_owned()).collect()
}

#[test]
fn what_is_said_of_what_is_wrong() {
    let cases: &[(&str, &[&str])] = &[
        ("CREATE TABLE t (id bigint PRIMARY, name text);", &["ORM0201 1:34 expected `KEY`, found `,`"]),
        (
            "CREATE TABLE t (\n  id bigint,\n  name text WITH x\n);",
            &["ORM0201 3:13 expected a column constraint, `,` or `)`, found `WITH`"],
        ),
        (
            "CREATE TABLE t (id int); garbage",
            &["ORM0202 1:26 the statement `garbage …` is of a kind that is not known"],
        ),
        (
            "CREATE TABEL t (id int);",
            &["ORM0202 1:1 the statement `CREATE TABEL t …` is of a kind that is not known"],
        ),
        ("ALTER TABLE nope ADD a int;", &["ORM0206 1:13 there is no table or view `nope`"]),
        ("CREATE TABLE t (a int); ALTER TABLE t DROP COLUMN b;", &["ORM0206 1:51 `t` has no column `b`"]),
        (
            "CREATE TABLE t (a int); CREATE TABLE t (b int);",
            &["ORM0207 1:38 there is a table `public.t` already"],
        ),
        ("CREATE TABLE t (a int, a text);", &["ORM0207 1:24 the column `a` is defined twice"]),
        (
            "CREATE TABLE t (a int PRIMARY KEY, b int PRIMARY KEY);",
            &["ORM0210 1:42 `t` has a primary key already"],
        ),
        (
            "CREATE TYPE mood AS ENUM ('sad'); ALTER TYPE mood DROP VALUE 'sad';",
            &[
                "ORM0201 1:51 PostgreSQL cannot drop a label of an enum: there is no `ALTER TYPE … DROP VALUE`",
            ],
        ),
        ("CREATE TABLE t (a citext);", &["ORM0206 1:19 there is no type `citext`"]),
        ("CREATE TABLE t (a t%ROWTYPE);", &["ORM0201 1:19 `%TYPE` and `%ROWTYPE` name no type of a column"]),
        ("CREATE TABLE t (a record);", &["ORM0210 1:17 `a` cannot have the pseudo-type `record`"]),
        (
            "CREATE TABLE t (a serial DEFAULT 1);",
            &["ORM0210 1:17 the column `a` gets its value from two places"],
        ),
        ("CREATE TABLE t (a int, PRIMARY KEY (a, nope));", &["ORM0206 1:40 `t` has no column `nope`"]),
        (
            "CREATE TABLE p (a int PRIMARY KEY); CREATE TABLE t (a int, b int, FOREIGN KEY (a, b) REFERENCES p);",
            &["ORM0210 1:67 the foreign key has 2 column(s), and its target 1"],
        ),
        (
            "CREATE TABLE t (a int, b int REFERENCES later (nope)); CREATE TABLE later (a int);",
            &["ORM0210 1:30 `public.later` has no column `nope`"],
        ),
        (
            "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; DROP TABLE t;",
            &["ORM0208 1:70 `t` cannot be dropped: the view `public.v` needs it"],
        ),
        (
            "CREATE TABLE t (a int); CREATE VIEW v AS SELECT 1 AS b FROM t WHERE a > 1; ALTER TABLE t DROP a;",
            &["ORM0208 1:95 `a` cannot be dropped: the view `public.v` needs it"],
        ),
        (
            "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; ALTER TABLE t ALTER a TYPE text;",
            &["ORM0208 1:79 the type of `a` cannot be changed: the view `public.v` needs it"],
        ),
        (
            "CREATE TYPE m AS ENUM (); CREATE TABLE t (a m[]); DROP TYPE m;",
            &["ORM0208 1:61 `m` cannot be dropped: the column `a` of `public.t` needs it"],
        ),
        (
            "CREATE TABLE t (a int PRIMARY KEY); CREATE TABLE c (a int REFERENCES t); DROP TABLE t;",
            &["ORM0208 1:85 `t` cannot be dropped: the foreign key `c_a_fkey` of `public.c` needs it"],
        ),
        (
            "CREATE VIEW v AS SELECT * FROM all_jobs();",
            &["ORM0209 1:25 ormgen does not know the columns that `*` stands for"],
        ),
        ("CREATE VIEW v AS\n  SELECT a FROM nope;", &["ORM0206 2:17 there is no table or view `nope`"]),
        (
            "CREATE VIEW v AS SELECT a FROM;",
            &["ORM0211 1:27 ormgen cannot read the query: expected identifier, the query ends"],
        ),
        (
            "CREATE VIEW v AS\nSELECT 1 AS é,\n  'ä' ä ä;",
            &["ORM0201 3:9 ormgen cannot read the query: expected the end of the query, found ä"],
        ),
        ("SELECT 1 AS a INTO t;", &["ORM0201 1:15 `SELECT … INTO` makes a table"]),
        (
            "IMPORT FOREIGN SCHEMA s FROM SERVER x INTO y;",
            &["ORM0206 1:1 `IMPORT FOREIGN SCHEMA` makes tables that only the other server knows"],
        ),
        (
            "DO $$ BEGIN EXECUTE 'CREATE TABLE ' || name || ' (a int)'; END $$;",
            &["ORM0212 1:21 the text that this statement runs is put together when the block runs"],
        ),
        (
            "DO $$ BEGIN IF now() > '2020-01-01' THEN CREATE TABLE x (a int); END IF; END $$;",
            &["ORM0212 1:42 whether this statement runs is decided when the block runs"],
        ),
        (
            "DO $$ BEGIN FOR i IN 1..3 LOOP ALTER TABLE x ADD a int; END LOOP; END $$;",
            &["ORM0212 1:32 whether this statement runs is decided when the block runs"],
        ),
        (
            "DO $$ BEGIN CREATE TABLE x (a nope); EXCEPTION WHEN duplicate_table THEN NULL; END $$;",
            &["ORM0206 1:31 there is no type `nope`"],
        ),
        (
            "CREATE TABLE a (x int) x y; CREATE TABLE b (x int); CREATE TABLE c (x intt);",
            &[
                "ORM0201 1:24 expected the end of the statement, found `x`",
                "ORM0206 1:71 there is no type `intt`",
            ],
        ),
        (
            "CREATE TABLE p (a int); CREATE TABLE c PARTITION OF p DEFAULT;",
            &["ORM0210 1:38 `p` is not partitioned"],
        ),
        ("ALTER TABLE t RENAME", &["ORM0206 1:13 there is no table or view `t`"]),
        ("CREATE TABLE t (a int CHECK (a > 0);", &["ORM0201 1:35 expected `,` or `)`, the statement ends"]),
        ("CREATE TABLE t (a text DEFAULT 'x", &["ORM0204 1:32 this string is never closed"]),
    ];
    for (text, expected) in cases {
        let (_, diagnostics) = load(&[text]);
        assert_eq!(problems(&diagnostics), *expected, "{text}");
        for diagnostic in diagnostics.iter() {
            assert!(diagnostic.help.is_some(), "no help: {text}");
        }
    }
}

#[test]
fn one_bad_statement_costs_that_one_only() {
    let (loaded, diagnostics) = load(&[
        "CREATE TABLE a (x int); CREATE TABLE b (x int y); CREATE TABLE c (x int);",
        "CREATE TABLE d ();",
    ]);
    let names: Vec<&str> = loaded.catalog.tables.keys().map(|name| name.name.as_str()).collect();
    assert_eq!(names, ["a", "c", "d"]);
    assert_eq!(diagnostics.len(), 1);
}

#[test]
fn the_end_of_a_change_of_constraints() {
    let cases: &[(&str, &[&str])] = &[
        (
            "CREATE TABLE t (a int, CONSTRAINT t_a_key CHECK (a > 0)); ALTER TABLE t ADD UNIQUE (a);",
            &["table public.t", "a int4", "unique t_a_key1 (a)", "check t_a_key (a > 0)"],
        ),
        (
            "CREATE TABLE t (a int, CHECK (a > 0), CHECK (a > 1), CHECK (1 > 0));",
            &[
                "table public.t",
                "a int4",
                "check t_a_check (a > 0)",
                "check t_a_check1 (a > 1)",
                "check t_check (1 > 0)",
            ],
        ),
        (
            "CREATE TABLE t_pkey (a int); CREATE TABLE t (a int PRIMARY KEY);",
            &[
                "table public.t",
                "a int4 not null",
                "primary key t_pkey1 (a)",
                "table public.t_pkey",
                "a int4",
            ],
        ),
        (
            "CREATE TABLE t (a serial); ALTER TABLE t RENAME a TO b; ALTER TABLE t RENAME TO u;",
            &[
                "sequence public.t_a_seq of public.u.b",
                "table public.u",
                "b int4 not null default nextval('public.t_a_seq'::regclass)",
            ],
        ),
        (
            "CREATE TABLE t (a int); ALTER TABLE t ADD PRIMARY KEY (b), ADD COLUMN b int;",
            &["table public.t", "a int4", "b int4 not null", "primary key t_pkey (b)"],
        ),
        (
            "CREATE TABLE t (a int DEFAULT 1, b numeric DEFAULT NULL, c numeric(3) DEFAULT NULL);",
            &["table public.t", "a int4 default 1", "b numeric", "c numeric(3,0) default NULL"],
        ),
        (
            "BEGIN; CREATE TABLE t (a int); COMMIT; BEGIN; DROP TABLE t; ROLLBACK;",
            &["table public.t", "a int4"],
        ),
        (
            "BEGIN; CREATE TABLE t (a int); SAVEPOINT x; CREATE TABLE u (a int); ROLLBACK TO x; COMMIT;",
            &["table public.t", "a int4"],
        ),
        (
            "CREATE TABLE t (a timestamp(3) with time zone, b interval day to second(2), c float(24), d char);",
            &[
                "table public.t",
                "a timestamptz(3)",
                "b interval(day to second(2))",
                "c float4",
                "d bpchar(1)",
            ],
        ),
        (
            "CREATE EXTENSION unheard_of; CREATE TABLE t (a its_type(3));",
            &["extension unheard_of", "table public.t", "a public.its_type(3)"],
        ),
        (
            "SET search_path = ''; CREATE TABLE a.t (x int); CREATE TABLE u (x int);",
            &["schema a", "table a.t", "x int4", "table public.u", "x int4"],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(tables(text), *expected, "{text}");
    }
}

#[test]
fn foreign_keys_may_point_forward_and_out() {
    let catalog = catalog(&[
        "CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers, item int REFERENCES shop.items,
            elsewhere int REFERENCES nowhere (x), unknown int REFERENCES nowhere);",
        "CREATE TABLE customers (key int PRIMARY KEY); CREATE SCHEMA shop; CREATE TABLE shop.items (no int PRIMARY KEY);",
    ]);
    let orders = &catalog.tables[&QName::new("public", "orders")];
    let targets: Vec<(String, &[String])> = orders
        .foreign_keys
        .iter()
        .map(|key| (key.target.to_string(), key.target_columns.as_slice()))
        .collect();
    assert_eq!(
        targets,
        [
            ("public.customers".to_owned(), ["key".to_owned()].as_slice()),
            ("public.nowhere".to_owned(), ["x".to_owned()].as_slice()),
            ("shop.items".to_owned(), ["no".to_owned()].as_slice()),
            ("public.nowhere".to_owned(), [].as_slice()),
        ]
    );
}

#[test]
fn a_view_over_the_unknown_keeps_its_columns() {
    let (loaded, diagnostics) = load(&["CREATE TABLE t (a int);
        CREATE VIEW v AS SELECT a, mystery(a) AS m, x.b FROM t, elsewhere() AS x;"]);
    assert!(diagnostics.is_empty(), "{diagnostics}");
    let name = QName::new("public", "v");
    let columns = &loaded.catalog.tables[&name].columns;
    let types: Vec<String> = columns.iter().map(|column| format!("{} {}", column.name, column.ty)).collect();
    assert_eq!(types, ["a int4", "m unknown", "b unknown"]);
    let place = &loaded.places[&Object::Column(name, "m".into())];
    assert_eq!(&place.source.text[place.span.clone()], "mystery(a) AS m");
}

/// PostgreSQL 18: the table and the column of each column that may hold NULL.
#[test]
fn not_null_that_is_not_passed_on() {
    let catalog =
        catalog(&["CREATE TABLE t (a int CONSTRAINT k NOT NULL, b int NOT NULL NO INHERIT, c int);
        ALTER TABLE t RENAME a TO aa;
        ALTER TABLE t DROP CONSTRAINT k;
        ALTER TABLE t ADD CONSTRAINT z NOT NULL aa NO INHERIT;
        CREATE TABLE d () INHERITS (t);
        CREATE TABLE e (aa int, b int, c int);
        ALTER TABLE e INHERIT t;
        ALTER TABLE t ALTER CONSTRAINT z INHERIT;
        ALTER TABLE t ALTER CONSTRAINT z NO INHERIT;
        CREATE TABLE f () INHERITS (t);"]);
    let nullable = catalog.tables.iter().map(|(name, table)| {
        let columns = table.columns.iter().filter(|column| column.nullable);
        let columns: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
        format!("{}: {}", name.name, columns.join(" "))
    });
    assert_eq!(nullable.collect::<Vec<_>>(), ["d: b c", "e: b c", "f: aa b c", "t: c"]);
}

/// PostgreSQL 18: the name that the server chose stays when the column or the table gets another one.
#[test]
fn not_null_names_after_renames() {
    let catalog = catalog(&["CREATE TABLE t (a int NOT NULL, b int NOT NULL, c int CONSTRAINT k NOT NULL);
        ALTER TABLE t RENAME a TO aa;
        ALTER TABLE t DROP CONSTRAINT t_a_not_null;
        ALTER TABLE t RENAME TO u;
        ALTER TABLE u DROP CONSTRAINT t_b_not_null, DROP CONSTRAINT k;"]);
    assert!(catalog.tables.values().all(|table| table.columns.iter().all(|column| column.nullable)));
}
