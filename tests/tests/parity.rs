//! One schema is one catalog, whichever way it came: its files, a live server that ran them, and what `pg_dump` prints
//! of that server.
//!
//! It runs over `schemas/` and, where `ORMGEN_CORPUS` names a folder, over the schemas of real projects in it. The
//! result is a table that is kept in `tests/parity.md`; `ORMGEN_UPDATE=1` writes it anew.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use ormgen::{
    catalog::{
        Catalog, ddl,
        drift::{Difference, compare},
        drift_spelling::without_spellings,
        live, snapshot,
    },
    diagnostics::{Diagnostics, Source},
};
use ormgen_runtime::config::ConnectionConfig;
use ormgen_tests::server::{TestDb, server};

/// What cannot be the same without a server.
struct Exception {
    schema: &'static str,
    way: Way,
    /// What differs, as [`Difference`] shows it, up to the colon.
    what: &'static str,
    /// The first major version of a server where it differs.
    from: u32,
    why: &'static str,
}

const EXCEPTIONS: &[Exception] = &[
    identity_of_partition(
        "analytics.sql",
        Way::Files,
        "table analytics.page_views_2026_01, column id, identity",
    ),
    identity_of_partition(
        "analytics.sql",
        Way::Files,
        "table analytics.page_views_2026_02, column id, identity",
    ),
    identity_of_partition(
        "analytics.sql",
        Way::Files,
        "table analytics.page_views_other, column id, identity",
    ),
    identity_of_partition("as_dumped.sql", Way::Files, "table stock.movements_2026, column id, identity"),
    identity_of_partition(
        "analytics.sql",
        Way::Dump,
        "table analytics.page_views_2026_01, column id, identity",
    ),
    identity_of_partition(
        "analytics.sql",
        Way::Dump,
        "table analytics.page_views_2026_02, column id, identity",
    ),
    identity_of_partition(
        "analytics.sql",
        Way::Dump,
        "table analytics.page_views_other, column id, identity",
    ),
    identity_of_partition("as_dumped.sql", Way::Dump, "table stock.movements_2026, column id, identity"),
];

const fn identity_of_partition(schema: &'static str, way: Way, what: &'static str) -> Exception {
    let why = "From PostgreSQL 17 on, a partition has its parent's identity column; files do not say which version \
               they are for.";
    Exception { schema, way, what, from: 17, why }
}

/// Which two catalogs are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The files and the server.
    Files,
    /// What `pg_dump` prints of the server, and the server.
    Dump,
}

/// A schema of the test: its name, and the files in order.
struct Schema {
    name: String,
    files: Vec<PathBuf>,
}

#[tokio::test]
async fn files_server_and_dump_agree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
    let mut schemas = own_schemas(&root);
    match env::var_os("ORMGEN_CORPUS") {
        Some(folder) => schemas.extend(corpus(Path::new(&folder))),
        None => println!("ORMGEN_CORPUS is not set: only the schemas of this project are compared"),
    }
    let (mut rows, mut failures, mut used) = (Vec::new(), Vec::new(), BTreeSet::new());
    for schema in &schemas {
        let row = check(schema, &mut failures, &mut used).await;
        rows.push(row);
    }
    let version = version().await;
    let applies =
        |it: &Exception| version >= it.from && schemas.iter().any(|schema| schema.name == it.schema);
    for (index, it) in EXCEPTIONS.iter().enumerate() {
        match (applies(it), used.contains(&index)) {
            (true, false) => failures.push(format!("{}: `{}` is no exception any more", it.schema, it.what)),
            (false, true) => {
                failures.push(format!("{}: `{}` differs before version {}", it.schema, it.what, it.from))
            }
            _ => {}
        }
    }
    let head = "| schema | tables | columns | files and server | dump and server |";
    let line = "| --- | --- | --- | --- | --- |";
    let table = [head, line].into_iter().map(str::to_owned).chain(rows).collect::<Vec<_>>();
    println!("{}", table.join("\n"));
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
    compare_report(&table);
}

/// The server's major version.
async fn version() -> u32 {
    let db = server(1).create_database("version").await;
    let row = db.connect().await.query_one("SHOW server_version_num", &[]).await.expect("a version");
    row.get::<_, String>(0).parse::<u32>().expect("a number") / 10_000
}

fn own_schemas(root: &Path) -> Vec<Schema> {
    let orders = root.join("shop/orders");
    let mut migrations: Vec<PathBuf> = fs::read_dir(&orders)
        .expect("the shop's migrations")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| !path.to_string_lossy().ends_with(".down.sql"))
        .collect();
    migrations.sort();
    let single = |name: &str| Schema { name: name.to_owned(), files: vec![root.join(name)] };
    let mut schemas: Vec<Schema> = [
        "adversarial.sql",
        "analytics.sql",
        "as_dumped.sql",
        "every_type.sql",
        "links.sql",
        "quickstart/db1.sql",
        "quickstart/db2.sql",
        "shop/crm.sql",
        "tenants/gym.sql",
    ]
    .map(single)
    .into();
    schemas.push(Schema { name: "shop/orders".to_owned(), files: migrations });
    schemas
}

fn corpus(folder: &Path) -> Vec<Schema> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder that ORMGEN_CORPUS names")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    files.sort();
    let name = |path: &PathBuf| path.file_name().expect("a file's name").to_string_lossy().into_owned();
    files.into_iter().map(|path| Schema { name: name(&path), files: vec![path] }).collect()
}

async fn check(schema: &Schema, failures: &mut Vec<String>, used: &mut BTreeSet<usize>) -> String {
    let db = server(1).create_database(&format!("parity_{}", schema.name)).await;
    let available = available_extensions(&db).await;
    let text = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a schema is text");
        without_missing_extensions(&schema.name, &text, &available)
    };
    let sources: Vec<Arc<Source>> = schema.files.iter().map(|path| Source::new(path, text(path))).collect();
    let from_files = interpret(&schema.name, &sources, failures);
    for source in &sources {
        load(&db, &schema.name, &source.text, failures);
    }
    let on_server = introspect(&db);
    counts_match(&db, &schema.name, &on_server, failures).await;
    round_trip(&schema.name, &on_server, failures);
    let dump = pg_dump(&db);
    let from_dump = interpret(&schema.name, &[Source::new("dump.sql", dump)], failures);

    let files = differences(&db, &from_files, &on_server);
    let files = verdict(schema, Way::Files, files, failures, used);
    let dump = differences(&db, &from_dump, &on_server);
    let dump = verdict(schema, Way::Dump, dump, failures, used);
    let columns: usize = on_server.tables.values().map(|table| table.columns.len()).sum();
    format!("| {} | {} | {columns} | {files} | {dump} |", schema.name, on_server.tables.len())
}

async fn available_extensions(db: &TestDb) -> BTreeSet<String> {
    let rows = db.connect().await.query("SELECT name FROM pg_available_extensions", &[]).await;
    rows.expect("the extensions").iter().map(|row| row.get(0)).collect()
}

/// The text without the lines on extensions that the server was installed without, which are printed. A schema that
/// uses one of these fails all the same.
fn without_missing_extensions(schema: &str, text: &str, available: &BTreeSet<String>) -> String {
    let is_missing = |line: &&str| {
        let words: Vec<String> = line
            .split(|c: char| c.is_whitespace() || c == ';')
            .filter(|word| !word.is_empty())
            .map(|word| word.trim_matches('"').to_lowercase())
            .collect();
        let name = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["create", "extension", "if", "not", "exists", name, ..]
            | ["create", "extension", name, ..]
            | ["comment", "on", "extension", name, ..] => (*name).to_owned(),
            _ => return false,
        };
        !available.contains(&name)
    };
    let (missing, kept): (Vec<&str>, Vec<&str>) = text.lines().partition(is_missing);
    for line in missing {
        println!("{schema}: left out on both sides, as the server has no such extension: {line}");
    }
    kept.into_iter().flat_map(|line| [line, "\n"]).collect()
}

fn interpret(name: &str, sources: &[Arc<Source>], failures: &mut Vec<String>) -> Catalog {
    let mut diagnostics = Diagnostics::new();
    let loaded = ddl::interpret(sources, &mut diagnostics);
    if diagnostics.has_errors() {
        failures.push(format!("{name}: the DDL source says\n{diagnostics}"));
    }
    loaded.catalog
}

/// Runs a file as its makers would, with psql, in the test's own database.
fn load(db: &TestDb, name: &str, text: &str, failures: &mut Vec<String>) {
    let text: String =
        text.lines().filter(|line| !leaves_database(line)).flat_map(|line| [line, "\n"]).collect();
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), text).expect("it can be written");
    let output = tool("psql")
        .args(["-X", "-q", "-d", db.url(), "-f"])
        .arg(file.path())
        .stdout(Stdio::null())
        .output()
        .expect("psql runs");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    // A dump gives its objects to roles that are not here.
    let errors = errors.lines().filter(|line| line.contains("ERROR:") && !line.contains("role \""));
    failures.extend(errors.map(|line| format!("{name}: psql says {line}")));
}

/// Some schemas make their own database; this one is the test's.
fn leaves_database(line: &str) -> bool {
    let line = line.trim_start().to_ascii_lowercase();
    ["\\c ", "\\connect ", "create database", "drop database"].iter().any(|start| line.starts_with(start))
}

fn tool(name: &str) -> Command {
    let folder = env::var_os("ORMGEN_TEST_PG_BIN").expect("tests/run sets ORMGEN_TEST_PG_BIN");
    Command::new(PathBuf::from(folder).join(name))
}

fn pg_dump(db: &TestDb) -> String {
    let output = tool("pg_dump").args(["--schema-only", "-d", db.url()]).output().expect("pg_dump runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a dump is UTF-8")
}

fn introspect(db: &TestDb) -> Catalog {
    let connection = ConnectionConfig::new("parity", db.url());
    let mut results = live::read_all(&[&connection], |_, _| {});
    results.remove(0).unwrap_or_else(|diagnostic| panic!("{diagnostic}"))
}

/// No table and no column is missing, counted by the server's own view of itself.
async fn counts_match(db: &TestDb, name: &str, catalog: &Catalog, failures: &mut Vec<String>) {
    let own = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relkind IN ('r','p','f','v','m') \
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')";
    let sql = format!(
        "SELECT (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE {own}), \
         (SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n \
         ON n.oid = relnamespace WHERE attnum > 0 AND NOT attisdropped AND {own})"
    );
    let row = db.connect().await.query_one(&sql, &[]).await.expect("counts");
    let expected: (i64, i64) = (row.get(0), row.get(1));
    let columns: usize = catalog.tables.values().map(|table| table.columns.len()).sum();
    let found = (catalog.tables.len() as i64, columns as i64);
    if found != expected {
        failures.push(format!("{name}: {found:?} tables and columns of {expected:?}"));
    }
}

/// A snapshot gives back what was written, and is written the same again.
fn round_trip(name: &str, catalog: &Catalog, failures: &mut Vec<String>) {
    let text = snapshot::write(catalog).expect("a snapshot");
    let read = snapshot::read(&Source::new("snapshot.yaml", text.clone()));
    let read = read.unwrap_or_else(|diagnostic| panic!("{name}: {diagnostic}"));
    if read != *catalog || snapshot::write(&read).expect("a snapshot") != text {
        failures.push(format!("{name}: the snapshot is not what was written"));
    }
}

/// What differs, as `ormgen diff` tells it: the server is asked how it spells our expressions.
fn differences(db: &TestDb, ours: &Catalog, theirs: &Catalog) -> Vec<Difference> {
    let connection = ConnectionConfig::new("parity", db.url());
    let found = compare(ours, theirs);
    without_spellings(&connection, &[], ours, theirs, found).unwrap_or_else(|(why, _)| panic!("{why}"))
}

fn verdict(
    schema: &Schema,
    way: Way,
    differences: Vec<Difference>,
    failures: &mut Vec<String>,
    used: &mut BTreeSet<usize>,
) -> String {
    let (mut excepted, mut failed) = (0, 0);
    for difference in differences {
        let shown = difference.to_string();
        match exception(schema, way, &difference) {
            Some(index) => {
                used.insert(index);
                excepted += 1;
            }
            None => {
                failed += 1;
                failures.push(format!("{} ({way:?}): {shown}", schema.name));
            }
        }
    }
    match (failed, excepted) {
        (0, 0) => "equal".to_owned(),
        (0, 1) => "equal but for 1 exception".to_owned(),
        (0, count) => format!("equal but for {count} exceptions"),
        (count, _) => format!("{count} differences"),
    }
}

fn exception(schema: &Schema, way: Way, difference: &Difference) -> Option<usize> {
    let shown = difference.to_string();
    let what = shown.split(": ").next().unwrap_or_default();
    EXCEPTIONS.iter().position(|it| it.schema == schema.name && it.way == way && it.what == what)
}

/// The table that is kept; without the corpus, its rows are not looked at.
fn compare_report(table: &[String]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("parity.md");
    if env::var_os("ORMGEN_UPDATE").is_some() {
        fs::write(&path, report(table)).expect("the report can be written");
    }
    let kept = fs::read_to_string(&path).expect("tests/parity.md");
    // Rows with exceptions depend on the server's version; the exceptions themselves are in the report.
    for row in table.iter().filter(|row| !row.contains("exception")) {
        assert!(kept.lines().any(|line| line == row), "tests/parity.md has another row than\n{row}");
    }
}

fn report(table: &[String]) -> String {
    let mut text = String::from(
        "# Parity\n\nThe catalog from a schema's files, from a server that ran them, and from what `pg_dump` prints of \
         that server. Written by\n`tests/tests/parity.rs` with `ORMGEN_UPDATE=1`; the exceptions are named in the test.\n\n",
    );
    text.push_str(&table.join("\n"));
    text.push_str("\n\n## Exceptions\n\n");
    for Exception { schema, way, what, from, why } in EXCEPTIONS {
        let way = match way {
            Way::Files => "files and server",
            Way::Dump => "dump and server",
        };
        text.push_str(&format!("- {schema}, {way}, from PostgreSQL {from} on: {what}. {why}\n"));
    }
    text
}
