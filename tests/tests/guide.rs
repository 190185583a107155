//! The code on the guide's pages does what it says: each block runs on databases of its own.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{env, fs, path::Path, process::Command};

use ormgen_tests::cli::binary;

/// The blocks, against the code that the guide's examples stand on.
#[allow(unused, unused_qualifications, clippy::all, reason = "examples show what could be used")]
mod pages {
    /// The databases of the examples.
    pub mod db {
        include!("../../runtime/doc/guide.rs");
    }

    /// A product of the rows below.
    async fn product(dbs: &db::Databases) -> ormgen_runtime::Result<db::orders::Product> {
        use ormgen_runtime::prelude::*;
        db::orders::Product::query().one(dbs).await
    }

    include!(concat!(env!("OUT_DIR"), "/guide.rs"));
}

/// The rows that the examples name.
const CRM: &str = "
    TRUNCATE customers RESTART IDENTITY CASCADE;
    INSERT INTO customers (email, name) VALUES ('first@example.org', 'First'), ('second@example.org', 'Second')";
const ORDERS: &str = "
    TRUNCATE orders, categories, tags, clerks RESTART IDENTITY CASCADE;
    INSERT INTO categories (name) VALUES ('tools');
    INSERT INTO products (sku, category_id, name, price) VALUES ('A-1', 1, 'hammer', 12);
    INSERT INTO tags (name) SELECT 'tag ' || n FROM generate_series(1, 7) AS n;
    INSERT INTO orders (id, customer_id, total) VALUES (7, 1, 24), (8, 2, 12);
    INSERT INTO items (order_id, line_no, sku, quantity, price) VALUES (7, 1, 'A-1', 2, 12), (8, 1, 'A-1', 1, 12);
    INSERT INTO clerks (name) VALUES ('Bob');
    INSERT INTO invoices (order_id, created_by) VALUES (8, 1)";

/// As the page on testing says: beneath `ormgen dev`, first on empty databases, then on copies of databases with rows.
#[test]
fn every_block_runs() {
    let bin = env::var("ORMGEN_TEST_PG_BIN").expect("tests/run sets it");
    let place = env::var_os("ORMGEN_TEST_PG_FOLDER").expect("tests/run sets it");
    let temporary = tempfile::Builder::new().prefix("guide").tempdir_in(place).unwrap();
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(temporary.path(), fs::Permissions::from_mode(0o711)).unwrap();
    }
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/shop");
    let program = env::current_exe().unwrap();
    let script = format!(
        "set -e; '{0}' --ignored --exact those_without_rows; '{bin}/psql' -q \"$CRM_URL\" -c \"$CRM\"
         '{bin}/psql' -q \"$ORDERS_URL\" -c \"$ORDERS\"; '{0}' --ignored --exact those_with_rows",
        program.display()
    );
    let mut command = Command::new(binary());
    command.args(["dev", "--postgres", &bin, "manifest.yaml", "--", "sh", "-c", &script]);
    command.current_dir(shop).env("TMPDIR", temporary.path()).env("CRM", CRM).env("ORDERS", ORDERS);
    let output = command.output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{stdout}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(stdout.matches("test result: ok. 1 passed").count(), 2, "{stdout}");
}

/// The blocks that make their databases themselves.
#[tokio::test]
#[ignore = "`every_block_runs` runs it beneath `ormgen dev`"]
async fn those_without_rows() {
    let mut count = 0;
    for (block, (page, needs_databases)) in pages::BLOCKS.into_iter().enumerate() {
        if !needs_databases {
            pages::run_alone(block).await.unwrap_or_else(|error| panic!("`{page}`, block {block}: {error}"));
            count += 1;
        }
    }
    assert!(count >= 2, "the page on testing has two of them");
}

#[tokio::test]
#[ignore = "`every_block_runs` runs it beneath `ormgen dev`"]
async fn those_with_rows() {
    use ormgen_runtime::testing::TestDatabases;

    let mut failures = Vec::new();
    for (block, (page, needs_databases)) in pages::BLOCKS.into_iter().enumerate() {
        if needs_databases {
            let dbs = TestDatabases::<pages::db::Databases>::copy().await.unwrap();
            if let Err(error) = pages::run(block, &dbs).await {
                failures.push(format!("`{page}`, block {block}: {error}"));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}
