//! Schemas of real projects, and this project's own: what is generated from each compiles without a warning, in both
//! layouts, and has every table and column that a server has after reading the same schema.
//!
//! The real ones are the files of the folder that `ORMGEN_CORPUS` names. What a schema needs its manifest to say is in
//! `cases/corpus/NAME.yaml`, as few entries as possible.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use ormgen::{Generated, write};
use ormgen_tests::{
    cli::cargo,
    server::{TestDb, server},
};
use tempfile::TempDir;

/// Schema, table and column; no column for a table that has none.
type Columns = BTreeSet<(String, String, Option<String>)>;

#[tokio::test]
async fn nothing_of_a_real_schema_is_missing() {
    let server = server(1);
    for schema in schemas() {
        let folder = TempDir::new().unwrap();
        let generated = generate(&schema, folder.path(), "modules");
        let db = server.create_database(&schema.name).await;
        let said: Vec<String> = schema.files.iter().map(|file| db.psql(file)).collect();
        let expected = columns_of_server(&connected(&db, &schema).await).await;
        let expected = &expected - &skipped(&generated);
        let found = columns_of_model(&generated);
        assert!(
            found == expected,
            "{}: missing {:#?}, of nowhere {:#?}; psql said {said:#?}",
            schema.name,
            &expected - &found,
            &found - &expected,
        );
        assert!(!found.is_empty(), "{}", schema.name);
    }
}

#[test]
fn code_of_a_real_schema_has_no_warning() {
    let workspace = TempDir::new().unwrap();
    let root = workspace.path();
    let mut members = Vec::new();
    for schema in schemas() {
        members.extend(package_of_modules(root, &schema));
        members.extend(packages_of_crates(root, &schema));
    }
    let text = format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n");
    fs::write(root.join("Cargo.toml"), text).unwrap();
    fs::copy(project().join("Cargo.lock"), root.join("Cargo.lock")).unwrap();
    let output = cargo()
        .args(["clippy", "--quiet", "--offline", "--workspace", "--", "-D", "warnings"])
        .current_dir(root)
        .env("CARGO_TARGET_DIR", project().join("target/corpus"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A schema: its name, and its files in order.
struct Schema {
    name: String,
    files: Vec<PathBuf>,
}

fn schemas() -> Vec<Schema> {
    let own = project().join("schemas");
    let mut schemas = of_folder(&own);
    schemas.push(Schema { name: "crm".to_owned(), files: vec![own.join("shop/crm.sql")] });
    schemas.push(Schema { name: "orders".to_owned(), files: sql_files(&own.join("shop/orders")) });
    assert!(schemas.len() >= 6, "the schemas are not where they should be");
    match env::var_os("ORMGEN_CORPUS") {
        Some(folder) => {
            let real = of_folder(Path::new(&folder));
            assert!(!real.is_empty(), "the folder that ORMGEN_CORPUS names holds no schema");
            schemas.extend(real);
        }
        None => println!("ORMGEN_CORPUS is not set: only the schemas of this project are tried"),
    }
    schemas
}

/// Each file of the folder, a schema of its own.
fn of_folder(folder: &Path) -> Vec<Schema> {
    let schema = |file: PathBuf| Schema {
        name: file.file_stem().unwrap().to_str().unwrap().to_owned(),
        files: vec![file],
    };
    sql_files(folder).into_iter().map(schema).collect()
}

fn sql_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        let name = file.to_string_lossy();
        name.ends_with(".sql") && !name.ends_with(".down.sql")
    });
    files.sort();
    files
}

/// Writes the code of a schema into `folder`, by a manifest that stands elsewhere.
fn generate(schema: &Schema, folder: &Path, layout: &str) -> Generated {
    let name = &schema.name;
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("cases/corpus/{name}.yaml"));
    let settings = fs::read_to_string(settings).unwrap_or_default();
    let settings: String = settings.lines().map(|line| format!("    {line}\n")).collect();
    let manifest = format!(
        "connections: {{ {name}: \"${{URL}}\" }}\n\
         output: {{ path: {folder:?}, layout: {layout}, runtime: {{ path: {runtime:?} }} }}\n\
         apps:\n  {name}:\n    schema: {files:?}\n    default_connection: {name}\n{settings}",
        runtime = project().join("runtime"),
        files = schema.files,
    );
    let home = TempDir::new().unwrap();
    let path = home.path().join("manifest.yaml");
    fs::write(&path, manifest).unwrap();
    let generated = ormgen::generate(&path).unwrap_or_else(|diagnostics| panic!("{name}: {diagnostics}"));
    let plan =
        write::plan(&generated.output(), &generated.files(&ormgen::render::Earlier::default()).unwrap())
            .unwrap();
    write::apply(plan).unwrap();
    generated
}

/// A library with the modules in it.
fn package_of_modules(root: &Path, schema: &Schema) -> Vec<String> {
    let name = format!("{}_modules", schema.name);
    let folder = root.join(&name);
    generate(schema, &folder.join("src/db"), "modules");
    let runtime = project().join("runtime");
    let text = format!(
        "[package]\nname = {name:?}\nedition = \"2024\"\n[dependencies]\normgen-runtime = {{ path = {runtime:?} }}\n"
    );
    fs::write(folder.join("Cargo.toml"), text).unwrap();
    // Names in letters that look alike can be allowed in a crate's root only.
    let text = "#![allow(confusable_idents)]\n\nmod db;\n\npub use db::Databases;\n";
    fs::write(folder.join("src/lib.rs"), text).unwrap();
    vec![name]
}

/// The packages as they are, but for the name of the one that wires the others: a workspace has each name once.
fn packages_of_crates(root: &Path, schema: &Schema) -> Vec<String> {
    let folder = format!("{}_crates", schema.name);
    generate(schema, &root.join(&folder), "crates");
    let wiring = root.join(&folder).join("databases/Cargo.toml");
    let text = fs::read_to_string(&wiring).unwrap();
    let name = format!("name = \"{}_databases\"", schema.name);
    fs::write(&wiring, text.replace("name = \"databases\"", &name)).unwrap();
    vec![format!("{folder}/*")]
}

/// The database that the schema ended up in: a script may create one and connect to it.
async fn connected(db: &TestDb, schema: &Schema) -> tokio_postgres::Client {
    let texts = schema.files.iter().map(|file| fs::read_to_string(file).unwrap());
    let text: String = texts.collect();
    let other = text.lines().filter_map(|line| line.strip_prefix("\\c ")).next_back();
    let mut config: tokio_postgres::Config = db.url().parse().unwrap();
    if let Some(other) = other {
        config.dbname(other.trim().trim_end_matches(';'));
    }
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn columns_of_server(client: &tokio_postgres::Client) -> Columns {
    let rows = client
        .query(
            "SELECT n.nspname::text, c.relname::text, a.attname::text
             FROM pg_class c
             JOIN pg_namespace n ON n.oid = c.relnamespace
             LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
               AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
               AND NOT EXISTS (
                   SELECT FROM pg_depend d
                   WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
               )",
            &[],
        )
        .await
        .unwrap();
    rows.into_iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

fn columns_of_model(generated: &Generated) -> Columns {
    let apps = generated.model.databases.iter().flat_map(|database| &database.apps);
    let mut found = Columns::new();
    for table in apps.flat_map(|app| &app.tables) {
        let name = &table.qname;
        let mut add = |column| found.insert((name.schema.clone(), name.name.clone(), column));
        if table.columns.is_empty() {
            add(None);
        }
        for column in &table.columns {
            add(Some(column.sql_name.clone()));
        }
    }
    found
}

/// What the manifest leaves out by name.
fn skipped(generated: &Generated) -> Columns {
    let tables = generated.manifest.apps.iter().flat_map(|app| &app.tables);
    let columns = tables.flat_map(|table| table.columns.iter().map(move |column| (table, column)));
    columns
        .filter(|(_, column)| column.skip)
        .map(|(table, column)| {
            ("public".to_owned(), table.table.value.clone(), Some(column.column.value.clone()))
        })
        .collect()
}

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
