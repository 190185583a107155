//! What others may set up against who reads their database, works beside them in it, or builds their schema.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, its helpers included")]

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use ormgen::catalog::live;
use ormgen_runtime::{Error, Pool, config::ConnectionConfig, prelude::*, types::JsonValue};
use ormgen_tests::{
    cli::{binary, ormgen},
    generated::shop::{
        Databases,
        crm::{Crm, Customer, NewCustomer},
    },
    server::{TestDb, server},
    shop::crm_on,
};

/// The owner's functions notice who calls them.
const TRAPS: &str = "
    CREATE SCHEMA evil;
    CREATE TABLE evil.caught (what text);
    CREATE FUNCTION evil.note(what text) RETURNS void LANGUAGE sql AS $$INSERT INTO evil.caught VALUES (what)$$;";

async fn caught(db: &TestDb) -> Vec<String> {
    let rows = db.connect().await.query("SELECT what FROM evil.caught", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// The owner of a database may say where the server looks for functions first.
#[tokio::test]
async fn a_database_runs_nothing_as_the_user_who_reads_it() {
    let db = server(1).create_database("hostile").await;
    db.batch(&format!(
        "CREATE TABLE held (id int PRIMARY KEY, n int DEFAULT 1 + 1 CHECK (n > 0)); {TRAPS}
         CREATE FUNCTION evil.current_setting(text) RETURNS text LANGUAGE sql
             AS $$SELECT evil.note('current_setting'); SELECT pg_catalog.current_setting($1)$$;
         CREATE FUNCTION evil.current_database() RETURNS name LANGUAGE sql
             AS $$SELECT evil.note('current_database'); SELECT pg_catalog.current_database()$$;
         ALTER DATABASE \"{}\" SET search_path = evil, pg_catalog, public",
        db.name()
    ))
    .await;
    let connection = ConnectionConfig::new("crm", db.url());
    let read = || live::read_all(&[&connection], |_, _| {}).remove(0);
    assert!(read().is_ok());
    let holder = db.connect().await;
    holder.batch_execute("BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let locked = read().expect_err("the table is locked").to_string();
    assert!(locked.contains("`public.held` by process"), "{locked}");
    assert_eq!(caught(&db).await, [""; 0]);
}

/// Up to PostgreSQL 14 every role may make functions and operators in `public`, and one that fits its arguments better than
/// the server's own is taken.
#[tokio::test]
async fn the_questions_of_the_pool_call_the_servers_own_functions_and_operators() {
    let db = crm_on(&server(1)).await;
    db.batch(&format!(
        "{TRAPS}
         CREATE FUNCTION public.unnest(text[]) RETURNS SETOF text LANGUAGE sql
             AS $$SELECT evil.note('unnest'); SELECT pg_catalog.unnest($1)$$;
         CREATE FUNCTION evil.same(oid, regclass) RETURNS bool LANGUAGE sql
             AS $$SELECT evil.note('='); SELECT $1 OPERATOR(pg_catalog.=) $2::oid$$;
         CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = regclass, FUNCTION = evil.same)"
    ))
    .await;
    let connections = ["crm", "crm_eu", "orders"].map(|alias| ConnectionConfig::new(alias, db.url()));
    let dbs = Databases::lazy(connections.into()).unwrap();
    dbs.crm.differences().await.unwrap();
    let new = |number: usize| NewCustomer {
        email: format!("{number}@example.org"),
        name: "Ada".into(),
        referrer_id: None,
        born_on: None,
    };
    // So many that they are copied.
    Customer::insert_many((0..3_000).map(new)).execute(&dbs).await.unwrap();
    let read: i64 = Crm::sql("SELECT count(*) FROM customers").one(&dbs.crm).await.unwrap();
    assert_eq!(read, 3_000);
    assert_eq!(caught(&db).await, [""; 0]);
}

/// A client of the program says how many values it looks for.
#[tokio::test]
async fn a_request_with_too_many_values_loses_no_connection() {
    let db = crm_on(&server(1)).await;
    let pool: Pool<Crm> = Pool::new(&ConnectionConfig::new("crm", db.url()).max_size(1)).unwrap();
    let process = async || -> i32 { Crm::sql("SELECT pg_backend_pid()").one(&pool).await.unwrap() };
    let before = process().await;
    let one: JsonValue = r#"{"column": "id", "operator": "eq", "value": 1}"#.parse().unwrap();
    let among = |count: usize| Customer::condition("id", "in", &JsonValue::from(vec![1; count])).unwrap();
    for filter in
        [among(65_536), among(200_000), Customer::conditions(&JsonValue::from(vec![one; 65_536])).unwrap()]
    {
        let error = Customer::query().filter(filter).count(&pool).await.unwrap_err();
        assert!(matches!(error, Error::InvalidQuery { .. }), "{error}");
    }
    let numbers = (1..=65_536).map(|at| format!("${at}::int")).collect::<Vec<_>>().join(", ");
    let text = format!("SELECT count(*) FROM customers WHERE id IN ({numbers})").leak();
    let own = Crm::sql::<i64>(text);
    let error = (0..65_536).fold(own, |own, _| own.bind(1)).one(&pool).await.unwrap_err();
    assert!(matches!(error, Error::InvalidQuery { .. }), "{error}");
    assert_eq!(Customer::query().filter(among(65_535)).count(&pool).await.unwrap(), 0);
    assert_eq!(process().await, before, "the connection was closed");
}

#[cfg(unix)]
#[test]
fn a_schema_is_no_pipe_and_no_device() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = |name: &str| {
        assert!(Command::new("mkfifo").arg(folder.path().join(name)).status().unwrap().success());
    };
    pipe("schema.sql");
    fs::create_dir(folder.path().join("schemas")).unwrap();
    fs::write(folder.path().join("schemas/1.sql"), "CREATE TABLE t (id int PRIMARY KEY);").unwrap();
    pipe("schemas/2.sql");
    for (schema, named) in
        [("schema.sql", "schema.sql"), ("schemas", "schemas/2.sql"), ("/dev/zero", "/dev/zero")]
    {
        let manifest = format!(
            "connections: {{ crm: postgres://localhost/crm }}\n\
             apps: {{ crm: {{ schema: {schema}, default_connection: crm }} }}\noutput: {{ path: out }}\n"
        );
        fs::write(folder.path().join("manifest.yaml"), manifest).unwrap();
        let _ = binary(); // It is built before the time is taken.
        let start = Instant::now();
        let run = ormgen(folder.path(), &["build"]);
        assert_eq!(run.status, 1, "{run}");
        assert!(run.stderr.contains(&format!("`{named}` is neither a file nor a folder")), "{run}");
        assert!(start.elapsed() < Duration::from_secs(10), "it is read");
    }
}
