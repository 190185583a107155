//! Live servers: what is wrong with one is said in a clear word and costs no file; `introspect`, `diff` and
//! `schema: live` as a user runs them; and how many queries it takes.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use insta::assert_snapshot;
use ormgen::catalog::live;
use ormgen_runtime::config::ConnectionConfig;
use ormgen_tests::{
    cli::{Run, binary, cargo, ormgen, ormgen_with},
    server::{ScratchServer, TestDb, server, tls_ca},
};
use tempfile::TempDir;

const SECRET: &str = "hunter2";

/// A project with one app, read live from this connection (as YAML), and an older snapshot.
fn project(connection: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let manifest = format!(
        "connections:\n  crm: {connection}\napps:\n  crm: {{ schema: live, default_connection: crm }}\n"
    );
    fs::write(folder.path().join("manifest.yaml"), manifest).expect("the manifest is written");
    fs::create_dir(folder.path().join("schemas")).expect("a folder");
    fs::write(snapshot_of(&folder), OLD).expect("the old snapshot is written");
    folder
}

const OLD: &str = "# Snapshot by ormgen 0.0.0\nsnapshot: 1\n";

fn snapshot_of(folder: &TempDir) -> PathBuf {
    folder.path().join("schemas/crm.snapshot.yaml")
}

/// Runs `introspect`, `build` and `check` where the server is at fault: each fails the same way, shows no secret,
/// and leaves the files as they were.
fn refused(connection: &str, code: &str, secrets: &[&str]) -> String {
    let folder = project(connection);
    let before = files(folder.path());
    let mut shown = String::new();
    for arguments in [&["introspect"][..], &["build"], &["introspect", "--format", "json"]] {
        let run = ormgen(folder.path(), arguments);
        assert_eq!(run.status, 1, "{run}");
        let text = run.to_string();
        assert!(text.contains(code) && text.contains("`crm`"), "{text}");
        assert!(!text.contains("panicked"), "{text}");
        for secret in secrets {
            assert!(!text.contains(secret), "a secret is shown");
        }
        if arguments == ["introspect"] {
            shown = run.stderr;
        }
    }
    assert_eq!(files(folder.path()), before, "a run that failed left another file");
    shown
}

fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let text = fs::read_to_string(&path).expect("text");
            found.insert(path, text);
        }
    }
    found
}

/// The parts of `postgres://user:password@host:port/database`.
struct Url {
    password: String,
    address: String,
    database: String,
}

fn parts(url: &str) -> Url {
    let (login, rest) = url.trim_start_matches("postgres://").split_once('@').expect("a login");
    let (address, database) = rest.split_once('/').expect("a database");
    let password = login.split_once(':').expect("a password").1;
    Url { password: password.to_owned(), address: address.to_owned(), database: database.to_owned() }
}

#[test]
fn a_server_that_is_down() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port();
    let said = refused(&format!("postgres://app:{SECRET}@127.0.0.1:{port}/crm"), "ORM0503", &[SECRET]);
    assert!(said.contains(&format!("127.0.0.1:{port}")), "{said}");
}

#[test]
fn a_server_that_never_answers() {
    // It takes the connection and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its number").port();
    // The program may have to be compiled first.
    binary();
    let start = Instant::now();
    let url =
        format!("{{ url: 'postgres://app:{SECRET}@127.0.0.1:{port}/crm', pool: {{ acquire_timeout: 1s }} }}");
    refused(&url, "ORM0503", &[SECRET]);
    assert!(start.elapsed() < Duration::from_secs(30), "it waits for ever");
}

#[tokio::test]
async fn a_login_that_is_refused() {
    let db = server(1).create_database("login").await;
    let url = parts(db.url());
    let Url { password, address, database } = &url;
    let wrong =
        refused(&format!("postgres://ormgen:{SECRET}@{address}/{database}"), "ORM0504", &[SECRET, password]);
    assert!(wrong.contains("password authentication failed"), "{wrong}");
    refused(&format!("postgres://nobody:{SECRET}@{address}/{database}"), "ORM0504", &[SECRET]);
    let missing = refused(&format!("postgres://ormgen@{address}/{database}"), "ORM0504", &[password]);
    assert!(missing.contains("wants a password"), "{missing}");
    let none = refused(&format!("postgres://ormgen:{password}@{address}/no_such_db"), "ORM0504", &[password]);
    assert!(none.contains("no_such_db"), "{none}");
}

#[test]
fn a_variable_that_is_not_set() {
    let said = refused("${ORMGEN_NO_SUCH_URL}", "ORM0502", &[]);
    assert!(said.contains("ORMGEN_NO_SUCH_URL"), "{said}");
}

#[tokio::test]
async fn tls_that_cannot_be() {
    let plain = server(1).create_database("tls").await;
    let url = |db: &TestDb, tls: &str| {
        let url = db.url().replace("127.0.0.1", "localhost");
        format!("{{ url: '{url}', tls: {tls} }}")
    };
    let password = parts(plain.url()).password;
    let said = refused(&url(&plain, "{ mode: require }"), "ORM0505", &[&password]);
    assert!(said.contains("does not support TLS"), "{said}");

    let encrypted = server(3).create_database("tls").await;
    refused(&url(&encrypted, "{ mode: verify-full }"), "ORM0505", &[&password]);
    refused(&url(&encrypted, "{ mode: verify-full, ca: no-such.pem }"), "ORM0505", &[&password]);
    let ca = tls_ca();
    let good = project(&url(&encrypted, &format!("{{ mode: verify-full, ca: '{}' }}", ca.display())));
    let run = ormgen(good.path(), &["introspect"]);
    assert_eq!(run.status, 0, "{run}");
}

#[tokio::test]
async fn a_user_without_privileges() {
    let db = server(2).create_database("privileges").await;
    let name = db.name();
    db.batch(&format!(
        "CREATE ROLE {name}_poor LOGIN PASSWORD '{SECRET}'; CREATE TABLE t (id int PRIMARY KEY, n int CHECK (n > 0));"
    ))
    .await;
    let Url { address, .. } = parts(db.url());
    let poor = format!("postgres://{name}_poor:{SECRET}@{address}/{name}");

    // What everyone may is enough: no privilege on the table itself.
    let project = project(&poor);
    let run = ormgen(project.path(), &["introspect"]);
    assert_eq!(run.status, 0, "{run}");
    assert!(fs::read_to_string(snapshot_of(&project)).expect("it was written").contains("t_n_check"));

    db.batch("REVOKE SELECT ON pg_catalog.pg_constraint FROM PUBLIC").await;
    let said = refused(&poor, "ORM0507", &[SECRET]);
    assert!(said.contains("pg_constraint"), "{said}");
    db.batch(&format!("REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")).await;
    let said = refused(&poor, "ORM0507", &[SECRET]);
    assert!(said.contains("GRANT CONNECT"), "{said}");
}

#[tokio::test]
async fn a_table_that_is_locked() {
    let db = server(1).create_database("locked").await;
    db.batch("CREATE TABLE held (id int, n int DEFAULT 1 + 1 CHECK (n > 0))").await;
    let holder = db.connect().await;
    holder.batch_execute("BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE").await.expect("it is locked");
    let folder = project(db.url());
    let start = Instant::now();
    let run = ormgen(folder.path(), &["introspect"]);
    assert_eq!(run.status, 1, "{run}");
    assert!(run.stderr.contains("ORM0508") && run.stderr.contains("`public.held` by process"), "{run}");
    assert!(start.elapsed() < Duration::from_secs(60), "it hangs");
    assert_eq!(fs::read_to_string(snapshot_of(&folder)).expect("it is there"), OLD);
    holder.batch_execute("ROLLBACK").await.expect("it is free");
    assert_eq!(ormgen(folder.path(), &["introspect"]).status, 0);
}

#[tokio::test]
async fn a_server_that_stops() {
    let scratch = ScratchServer::start();
    let db = scratch.server().create_database("stops").await;
    db.batch("CREATE TABLE t (id int)").await;
    let folder = project(db.url());
    assert_eq!(ormgen(folder.path(), &["introspect"]).status, 0);
    let before = files(folder.path());
    scratch.stop_fast();
    let run = ormgen(folder.path(), &["introspect"]);
    assert!(run.status == 1 && run.stderr.contains("ORM0503"), "{run}");
    assert_eq!(files(folder.path()), before);
}

/// While tables come and go, each look gives whole tables or says that the schema changed. Once they rest, it is whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_that_changes_underneath() {
    let db = server(2).create_database("changes").await;
    let client = db.connect().await;
    let stop = AtomicBool::new(false);
    let change = async {
        let mut round = 0;
        while !stop.load(Ordering::Relaxed) {
            let sql = format!(
                "CREATE TABLE t{round} (id serial PRIMARY KEY, n int DEFAULT 1 + {round} CHECK (n > 0), \
                 m int GENERATED ALWAYS AS (n + 1) STORED); CREATE INDEX ON t{round} ((n + 1))"
            );
            client.batch_execute(&sql).await.expect("a table");
            if round > 3 {
                client.batch_execute(&format!("DROP TABLE t{}", round - 3)).await.expect("it goes");
            }
            round += 1;
        }
    };
    let connection = ConnectionConfig::new("crm", db.url());
    let look = || {
        let connection = connection.clone();
        tokio::task::spawn_blocking(move || live::read_all(&[&connection], |_, _| {}).remove(0))
    };
    let looked = async {
        for _ in 0..40 {
            match look().await.expect("no panic") {
                Ok(catalog) => assert_whole(&catalog),
                Err(error) => assert!(error.to_string().contains("ORM0509"), "{error}"),
            }
        }
        stop.store(true, Ordering::Relaxed);
    };
    tokio::join!(change, looked);
    let catalog = look().await.expect("no panic").expect("nothing changes any more");
    assert!(catalog.tables.len() >= 3, "{} tables", catalog.tables.len());
    assert_whole(&catalog);
}

/// Each table has all that the statements that made it gave it.
fn assert_whole(catalog: &ormgen::catalog::Catalog) {
    for (name, table) in &catalog.tables {
        let sizes = (table.columns.len(), table.checks.len(), table.indexes.len());
        assert_eq!(sizes, (3, 1, 1), "{name}");
        let (n, m) = (&table.columns[1], &table.columns[2]);
        assert!(n.default.is_some() && m.generated.is_some(), "{name}");
    }
}

#[tokio::test]
async fn the_number_of_queries_is_fixed() {
    let mut counts = Vec::new();
    for tables in [10, 200] {
        let db = server(1).create_database("counted").await;
        db.batch("CREATE EXTENSION pg_stat_statements").await;
        for n in 0..tables {
            let sql = format!(
                "CREATE TABLE t{n} (id serial PRIMARY KEY, a int DEFAULT 1 CHECK (a > 0), b text UNIQUE); \
                 CREATE VIEW v{n} AS SELECT * FROM t{n}; CREATE TYPE e{n} AS ENUM ('a', 'b')"
            );
            db.batch(&sql).await;
        }
        let client = db.connect().await;
        let count = "SELECT coalesce(sum(calls), 0)::int8 FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid \
                     WHERE d.datname = current_database()";
        let before: i64 = client.query_one(count, &[]).await.expect("a count").get(0);
        let connection = ConnectionConfig::new("crm", db.url());
        let catalog = live::read_all(&[&connection], |_, _| {}).remove(0).expect("a catalog");
        assert_eq!(catalog.tables.len(), 2 * tables);
        let after: i64 = client.query_one(count, &[]).await.expect("a count").get(0);
        // The count itself is one.
        counts.push(after - before - 1);
    }
    assert_eq!(counts[0], counts[1], "more tables take more queries");
    // The version, the transaction's ten settings, ten queries, and the end.
    assert!(counts[0] <= 25, "{} statements", counts[0]);
}

const CRM: &str = include_str!("../../schemas/shop/crm.sql");

/// A project whose app is served by two connections.
struct Shop {
    folder: TempDir,
    crm: TestDb,
    eu: TestDb,
}

impl Shop {
    /// Its schema is read from a file that both servers ran.
    async fn open() -> Self {
        let crm = server(1).create_database("shop_crm").await;
        let eu = server(2).create_database("shop_eu").await;
        crm.batch(CRM).await;
        eu.batch(CRM).await;
        let shop = Self { folder: tempfile::tempdir().expect("a temporary folder"), crm, eu };
        shop.write("crm.sql", CRM);
        shop.write_manifest("crm.sql", "");
        shop
    }

    fn write_manifest(&self, schema: &str, rest: &str) {
        self.write(
            "manifest.yaml",
            &format!(
                "connections:\n  crm: ${{CRM_URL}}\n  crm_eu: ${{CRM_EU_URL}}\napps:\n  crm:\n    schema: {schema}\n    \
                 default_connection: crm\n    connections: [crm_eu]\n{rest}"
            ),
        );
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.folder.path().join(path), text).expect("a temporary folder can be written to");
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.path().join(path)).expect("it is there")
    }

    fn files(&self) -> BTreeMap<PathBuf, String> {
        files(self.folder.path())
    }

    /// Generated code without its first line, which holds a hash of the inputs.
    fn generated(&self) -> BTreeMap<PathBuf, String> {
        let texts = files(&self.folder.path().join("src/db")).into_iter();
        texts.map(|(path, text)| (path, text.split_once('\n').expect("a first line").1.to_owned())).collect()
    }

    fn run(&self, arguments: &[&str], status: i32) -> Run {
        let variables = [("CRM_URL", self.crm.url()), ("CRM_EU_URL", self.eu.url())];
        let run = ormgen_with(self.folder.path(), arguments, &variables);
        assert_eq!(run.status, status, "{run}");
        run
    }

    fn succeeds(&self, arguments: &[&str]) -> Run {
        self.run(arguments, 0)
    }

    fn fails(&self, arguments: &[&str]) -> Run {
        self.run(arguments, 1)
    }
}

#[tokio::test]
async fn introspect_writes_what_a_build_reads() {
    let shop = Shop::open().await;
    assert_snapshot!("introspect check first", shop.fails(&["introspect", "--check"]).to_string());
    assert!(!shop.folder.path().join("schemas").exists(), "`--check` wrote something");
    assert_snapshot!("introspect", shop.succeeds(&["introspect"]).to_string());
    assert_snapshot!("introspect again", shop.succeeds(&["introspect", "--check"]).to_string());
    assert_snapshot!(
        "introspect snapshot",
        shop.read("schemas/crm.snapshot.yaml").split_once('\n').expect("lines").1
    );

    shop.crm.batch("ALTER TABLE customers ADD COLUMN nickname text").await;
    let before = shop.files();
    assert_snapshot!("introspect stale", shop.fails(&["introspect", "--check"]).to_string());
    assert_eq!(shop.files(), before);
    assert_snapshot!("introspect json", shop.succeeds(&["introspect", "--format", "json"]).to_string());

    shop.write("schemas/crm.snapshot.yaml", "# mine\n");
    assert_snapshot!("introspect foreign", shop.fails(&["introspect"]).to_string());
    assert_eq!(shop.read("schemas/crm.snapshot.yaml"), "# mine\n");
    shop.succeeds(&["introspect", "--out", "elsewhere"]);
    assert!(shop.read("elsewhere/crm.snapshot.yaml").contains("nickname"));
}

/// The same code, whichever way the schema came.
#[tokio::test]
async fn the_code_is_the_same_from_files_a_snapshot_and_a_server() {
    let shop = Shop::open().await;
    shop.succeeds(&["build"]);
    let from_files = shop.generated();
    assert!(!from_files.is_empty());
    shop.succeeds(&["introspect"]);
    for schema in ["schemas/crm.snapshot.yaml", "live"] {
        shop.write_manifest(schema, "");
        shop.succeeds(&["build"]);
        assert_eq!(shop.generated(), from_files, "{schema}");
    }
    assert_snapshot!("diff of a live schema", shop.succeeds(&["diff"]).to_string());
}

/// A manifest may name a snapshot before there is one.
#[tokio::test]
async fn a_snapshot_that_is_yet_to_be_written() {
    let shop = Shop::open().await;
    shop.write_manifest("schemas/crm.snapshot.yaml", "");
    assert_snapshot!("build before introspect", shop.fails(&["build"]).to_string());
    assert_snapshot!("introspect named", shop.succeeds(&["introspect"]).to_string());
    shop.succeeds(&["build"]);
}

#[tokio::test]
async fn diff_tells_what_drifted() {
    let shop = Shop::open().await;
    assert_snapshot!("diff none", shop.succeeds(&["diff"]).to_string());
    shop.eu
        .batch(
            "ALTER TABLE customers DROP COLUMN born_on, ADD COLUMN score int NOT NULL DEFAULT 0, ALTER visits DROP NOT NULL;
             ALTER TABLE addresses ALTER COLUMN postcode TYPE varchar(16), DROP CONSTRAINT addresses_customer_id_kind_key;
             ALTER TYPE tier ADD VALUE 'platinum'; CREATE TABLE extra (id int);
             COMMENT ON TABLE addresses IS 'another'",
        )
        .await;
    assert_snapshot!("diff", shop.fails(&["diff"]).to_string());
    assert_snapshot!("diff json", shop.fails(&["diff", "--format", "json"]).stdout);
    shop.fails(&["diff", "--quiet"]);
    shop.succeeds(&["diff", "--connection", "crm"]);
    assert!(shop.fails(&["diff", "--connection", "crm_eo"]).to_string().contains("did you mean `crm_eu`?"));

    // A table that no app takes is nobody's business.
    shop.crm.batch("CREATE TABLE _migrations (id int)").await;
    assert!(shop.fails(&["diff"]).stdout.contains("_migrations"));
    shop.write_manifest("crm.sql", "    models: ['[!_]*']\n");
    assert!(!shop.fails(&["diff"]).stdout.contains("_migrations"));
}

/// `CREATE UNIQUE INDEX CONCURRENTLY` that fails leaves an index which is no promise: two rows have the value.
#[tokio::test]
async fn an_index_that_could_not_be_made_is_none() {
    let shop = Shop::open().await;
    shop.crm
        .batch("CREATE TABLE notes (id int PRIMARY KEY, of int); INSERT INTO notes VALUES (1, 1), (2, 1)")
        .await;
    let connection = shop.crm.connect().await;
    connection.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY bad ON notes (of)").await.unwrap_err();
    shop.succeeds(&["introspect"]);
    let snapshot = shop.read("schemas/crm.snapshot.yaml");
    assert!(snapshot.contains("notes") && !snapshot.contains("bad"), "{snapshot}");
}

#[tokio::test]
async fn sources_that_do_not_mix() {
    let shop = Shop::open().await;
    shop.succeeds(&["introspect"]);
    for (schema, other) in [
        ("[crm.sql, schemas/crm.snapshot.yaml]", ""),
        ("crm.sql", "  mail: { schema: live, default_connection: crm }\n"),
    ] {
        shop.write_manifest(schema, other);
        let run = shop.fails(&["check"]);
        assert!(run.stderr.contains("ORM0511"), "{run}");
    }
    shop.write("schemas/crm.snapshot.yaml", "# Snapshot by ormgen 9.9.9\nsnapshot: 9\n");
    shop.write_manifest("schemas/crm.snapshot.yaml", "");
    let run = shop.fails(&["check"]);
    assert!(run.stderr.contains("ORM0513") && run.stderr.contains("crm.snapshot.yaml:2"), "{run}");
}

/// `init --from` connects: the next step that it names builds, and the code compiles.
#[tokio::test]
async fn what_init_writes_from_servers_builds_at_once() {
    let crm = server(1).create_database("init_crm").await;
    let orders = server(2).create_database("init_orders").await;
    crm.batch("CREATE TYPE tier AS ENUM ('gold'); CREATE TABLE customers (id bigint PRIMARY KEY, tier tier NOT NULL)").await;
    orders.batch("CREATE TABLE orders (id bigint PRIMARY KEY, note text DEFAULT concat('a', 'b'))").await;
    orders.batch("CREATE SCHEMA parts; CREATE TABLE parts.bolts (id int PRIMARY KEY); CREATE TABLE parts.nuts (id int)").await;
    let folder = tempfile::tempdir().unwrap();
    let run = ormgen(folder.path(), &["init", "--from", crm.url(), orders.url(), "manifest.yaml"]);
    assert_eq!(run.status, 0, "{run}");
    let manifest = fs::read_to_string(folder.path().join("manifest.yaml")).unwrap();
    // The schema with the most tables, where there are several.
    assert_eq!(manifest.matches("main_schema: parts").count(), 1, "{manifest}");
    assert_eq!(manifest.matches("main_schema").count(), 1, "{manifest}");
    let password = std::env::var("ORMGEN_TEST_PG_PASSWORD").unwrap();
    assert!(!format!("{run}{manifest}").contains(&password));
    let run = ormgen(folder.path(), &["build"]);
    assert_eq!(run.status, 0, "{run}");
    assert!(!run.stderr.contains("warning"), "{run}");

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let runtime = root.join("runtime");
    let package = format!(
        "[workspace]\n[package]\nname = \"program\"\nedition = \"2024\"\n[dependencies]\normgen-runtime = {{ path = {runtime:?} }}\n"
    );
    fs::write(folder.path().join("Cargo.toml"), package).unwrap();
    fs::write(folder.path().join("src/lib.rs"), "pub mod db;\n").unwrap();
    fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
    let output = cargo()
        .args(["check", "--quiet", "--offline"])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", root.join("target/corpus"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
