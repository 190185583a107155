//! The examples, run as a user runs them, against two servers.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use ormgen_tests::server::{TestDb, server};

#[tokio::test]
async fn quickstart() {
    let db1 = server(1).create_database("quickstart").await;
    let db2 = server(2).create_database("quickstart").await;
    db1.batch(&schema("quickstart/db1.sql")).await;
    db2.batch(&schema("quickstart/db2.sql")).await;

    let printed = run("quickstart", &[("DB1_URL", &db1), ("DB2_URL", &db2)]);
    assert_eq!(
        printed,
        "Semi-final: Semi-final was worth seeing.\n\
         Final: Final was worth seeing.\n\
         Ada on Semi-final\n\
         Ada on Final\n"
    );
    // The rows of each are on its own server.
    assert_eq!(count(&db1, "SELECT count(*) FROM events").await, 2);
    assert_eq!(count(&db2, "SELECT count(*) FROM reports").await, 2);
}

#[tokio::test]
async fn shop() {
    let (crm, orders) = shop_databases("shop").await;
    let urls = [("CRM_URL", &crm), ("ORDERS_URL", &orders)];
    assert_eq!(
        run("shop", &urls),
        "there is no such product; nothing was stored\n\
         Ada ordered 2 x Hammer, 1 x Saw for 52.50\n\
         Bob ordered 3 x Saw for 67.50\n\
         Ada spent 83.50\n\
         Bob spent 67.50\n\
         on sale in Tools: Hammer\n\
         on sale in Tools: Saw\n\
         0 orders of unknown customers\n"
    );
    assert_eq!(count(&crm, "SELECT sum(visits) FROM customers").await, 3);
    assert_eq!(count(&orders, "SELECT count(*) FROM orders WHERE status = 'paid'").await, 1);
}

#[tokio::test]
async fn build_rs() {
    let (crm, orders) = shop_databases("build_rs").await;
    // An ID of its own tells the rows of one database from those of the other.
    orders.batch("ALTER TABLE orders ALTER COLUMN id RESTART WITH 7").await;

    let printed = run("build-rs", &[("CRM_URL", &crm), ("ORDERS_URL", &orders)]);
    assert_eq!(printed, "order 7 was placed by Ada\n");
    assert_eq!(count(&crm, "SELECT count(*) FROM customers").await, 1);
    assert_eq!(count(&orders, "SELECT count(*) FROM orders WHERE status = 'paid'").await, 1);
}

#[test]
fn an_example_without_its_servers_says_so() {
    let nowhere = "postgres://localhost:1/none";
    let output = Command::new(binary("quickstart")).env("DB1_URL", nowhere).env("DB2_URL", nowhere).output();
    let output = output.expect("the example starts");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(text.contains("connection `db") && text.contains("the server could not be reached"), "{text}");
}

/// The shop's two databases, each on a server of its own.
async fn shop_databases(hint: &str) -> (TestDb, TestDb) {
    let crm = server(1).create_database(hint).await;
    let orders = server(2).create_database(hint).await;
    crm.batch(&schema("shop/crm.sql")).await;
    for migration in
        ["0001_init", "0002_items", "0003_tags", "0004_invoices", "0005_order_totals", "0010_notes"]
    {
        orders.batch(&schema(&format!("shop/orders/{migration}.sql"))).await;
    }
    (crm, orders)
}

fn schema(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas").join(file);
    std::fs::read_to_string(path).expect("the schema can be read")
}

async fn count(db: &TestDb, sql: &str) -> i64 {
    db.connect().await.query_one(sql, &[]).await.expect("a row").get(0)
}

/// What the example prints.
fn run(example: &str, urls: &[(&str, &TestDb)]) -> String {
    let urls = urls.iter().map(|(variable, db)| (*variable, db.url()));
    let output = Command::new(binary(example)).envs(urls).output().expect("the example starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{stderr}");
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}

/// Builds the example: Cargo builds the binaries of a test's own package only.
fn binary(example: &str) -> PathBuf {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--package", example])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(built.expect("cargo starts").success(), "{example} does not build");
    // target/debug/deps/this-test → target/debug/example
    let test = env::current_exe().expect("a test knows its own path");
    let folder = test.ancestors().nth(2).expect("tests are built two folders down");
    let name = format!("{example}{}", env::consts::EXE_SUFFIX);
    [folder.join(&name), folder.with_file_name("debug").join(&name)]
        .into_iter()
        .find(|path| path.exists())
        .expect("cargo built it")
}
