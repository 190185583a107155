//! A connection is clean when it is given back: what one caller left on it is nobody else's.

use std::time::Duration;

use futures_util::future::join_all;
use ormgen_runtime::{Error, Expr, NotNull, functions::sql, prelude::*};
use ormgen_tests::{
    generated::visits::{
        Databases,
        people::{NewPerson, People, Person},
    },
    people::{databases, people_on, person, store},
    server::{TestDb, server},
};

use crate::support::{ask, eventually, soon};

/// One connection: whatever is left on it, the next one meets.
async fn one_connection() -> (TestDb, Databases) {
    let db = people_on(&server(1)).await;
    let dbs = databases(db.url(), |connection| connection.max_size(1));
    store(&dbs, 1_000).await.unwrap();
    (db, dbs)
}

/// Ten writes of others, each acknowledged: they are there, for the server and not for that session alone.
async fn ten_writes_are_stored(db: &TestDb, dbs: &Databases) {
    for id in 0..10 {
        soon(store(dbs, id)).await.unwrap();
    }
    let stored: i64 = ask(db, "SELECT count(*) FROM people WHERE id < 10").await;
    assert_eq!(stored, 10, "of 10 writes that were acknowledged");
    let open: i64 = ask(
        db,
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
    )
    .await;
    assert_eq!(open, 0, "transactions are left open");
}

#[tokio::test]
async fn a_transaction_begun_by_sql_on_the_pool_takes_no_write_of_others() {
    let (db, dbs) = one_connection().await;
    People::sql("BEGIN").execute(&dbs).await.expect_err("it would be on whatever connection");
    ten_writes_are_stored(&db, &dbs).await;
    People::sql("START TRANSACTION").execute(dbs.people.exclusive()).await.unwrap_err();
    soon(dbs.close()).await;
    let stored: i64 = ask(&db, "SELECT count(*) FROM people WHERE id < 10").await;
    assert_eq!(stored, 10);
}

#[tokio::test]
async fn a_connection_dropped_in_a_transaction_is_rolled_back() {
    let (db, dbs) = one_connection().await;
    let connection = dbs.people.connection().await.unwrap();
    People::sql("BEGIN").execute(&connection).await.unwrap();
    store_on(&connection, 500).await.unwrap();
    drop(connection);
    ten_writes_are_stored(&db, &dbs).await;
    assert_eq!(Person::find(500).optional(&dbs).await.unwrap(), None, "nobody committed it");
}

async fn store_on(executor: impl Writer<People>, id: i64) -> Result<(), Error> {
    Person::insert(person(id)).execute(executor).await.map(drop)
}

/// Also where a statement in it had failed, and where it was begun in the middle of a text.
#[tokio::test]
async fn a_connection_dropped_in_a_failed_transaction_is_rolled_back() {
    let (db, dbs) = one_connection().await;
    let connection = dbs.people.connection().await.unwrap();
    connection.batch("SELECT 1; BEGIN; INSERT INTO people VALUES (500, '')").await.unwrap();
    connection.batch("INSERT INTO people VALUES (500, '')").await.unwrap_err();
    drop(connection);
    ten_writes_are_stored(&db, &dbs).await;

    let connection = dbs.people.connection().await.unwrap();
    People::sql("BEGIN").execute(&connection).await.unwrap();
    People::sql("SELECT 1 / 0").execute(&connection).await.unwrap_err();
    drop(connection);
    store(&dbs, 11).await.unwrap();
    assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM people WHERE id = 11").await, 1);
}

/// The caller goes away while its `BEGIN` is on its way.
#[tokio::test]
async fn a_begin_that_nobody_waits_for_opens_nothing() {
    let (db, dbs) = one_connection().await;
    for polls in 1..12 {
        let connection = dbs.people.connection().await.unwrap();
        let mut begin = Box::pin(connection.batch("BEGIN; INSERT INTO people VALUES (500, '')"));
        for _ in 0..polls {
            if futures_util::future::poll_immediate(&mut begin).await.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        drop(begin);
        drop(connection);
        soon(store(&dbs, 2_000 + polls)).await.unwrap();
        let stored: i64 = ask(&db, "SELECT count(*) FROM people WHERE id > 2000").await;
        assert_eq!(stored, polls);
    }
    ten_writes_are_stored(&db, &dbs).await;
    assert_eq!(Person::find(500).optional(&dbs).await.unwrap(), None);
}

/// A pool's statements may be about anything; words in them are not what they do.
#[tokio::test]
async fn sql_that_leaves_nothing_is_run() {
    let (_db, dbs) = one_connection().await;
    let statements = [
        People::sql("/* BEGIN; */ UPDATE people SET name = 'BEGIN'"),
        People::sql("UPDATE people SET name = 'SET search_path = nowhere' -- COMMIT"),
        People::sql("WITH set AS (SELECT 1 AS listen) SELECT listen FROM set"),
        People::sql("VALUES ('LISTEN')"),
        People::sql("DO $$ BEGIN PERFORM 1; END $$"),
        People::sql("SELECT pg_advisory_xact_lock(1)"),
        People::sql("SELECT set_config('search_path', 'nowhere', true), count(*) FROM people"),
        People::sql("NOTIFY somebody"),
        People::sql("CREATE TABLE temporary (begin_at int, \"set\" int)"),
        People::sql("INSERT INTO temporary (\"set\") VALUES (1)"),
        People::sql("EXPLAIN SELECT 1"),
        People::sql("COMMENT ON TABLE temporary IS 'PREPARE'"),
        People::sql("ANALYZE people"),
        People::sql("TRUNCATE temporary"),
        People::sql("DROP TABLE temporary"),
    ];
    for statement in statements {
        let shown = format!("{statement:?}");
        if let Err(error) = statement.execute(&dbs).await {
            panic!("{shown}: {error}");
        }
    }
}

/// Its commit would report as stored what is not, and its error would undo nothing.
#[tokio::test]
async fn a_transaction_is_not_ended_by_its_own_sql() {
    let (db, dbs) = one_connection().await;
    for text in ["COMMIT; BEGIN", "SET LOCAL work_mem = '1MB'; ROLLBACK", "ABORT", "PREPARE TRANSACTION 'a'"]
    {
        let tx = dbs.people.begin().await.unwrap();
        store_on(&tx, 501).await.unwrap();
        let refused = tx.batch(text).await.unwrap_err();
        assert!(matches!(refused, Error::SessionState { .. }), "{text}: {refused}");
        tx.batch("SAVEPOINT a; ROLLBACK TO a; RELEASE a").await.unwrap();
        store_on(&tx, 502).await.unwrap();
        drop(tx);
    }
    ten_writes_are_stored(&db, &dbs).await;
    assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM people WHERE id BETWEEN 500 AND 510").await, 0);
}

/// A caller that leaves in the middle of a copy.
#[tokio::test]
async fn a_copy_that_nobody_ends_is_undone() {
    let (db, dbs) = one_connection().await;
    let rows = || (3_000..9_000).map(|id| NewPerson { id, name: "x".repeat(500) });
    for polls in [1, 2, 4, 8, 16] {
        let mut copy = Box::pin(Person::insert_many(rows()).execute(&dbs));
        let mut copied = false;
        for _ in 0..polls {
            copied = futures_util::future::poll_immediate(&mut copy).await.is_some();
            if copied {
                break;
            }
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        drop(copy);
        soon(Person::find(1_000).one(&dbs)).await.unwrap();
        eventually("all of it or nothing", async || {
            let stored: i64 = ask(&db, "SELECT count(*) FROM people WHERE id >= 3000").await;
            stored == 6_000 || (stored == 0 && !copied)
        })
        .await;
        db.batch("DELETE FROM people WHERE id >= 3000").await;
    }
    ten_writes_are_stored(&db, &dbs).await;
}

/// What is set on a connection that somebody holds is not seen by what others do on the pool.
#[tokio::test]
async fn what_is_set_on_a_connection_is_its_own() {
    let db = people_on(&server(1)).await;
    let dbs = databases(db.url(), |connection| connection.max_size(4));
    store(&dbs, 1).await.unwrap();
    let held = dbs.people.connection().await.unwrap();
    held.batch("CREATE TEMP TABLE people AS SELECT * FROM public.people LIMIT 0").await.unwrap();
    held.batch("SET application_name = 'not for all'").await.unwrap();
    let name =
        || -> Expr<Person, String, NotNull> { sql("current_setting('application_name')").expression() };
    let names = (0..50).map(|_| Person::query().select(name()).one(&dbs));
    for name in soon(join_all(names)).await {
        assert_ne!(name.unwrap(), "not for all");
    }
    assert_eq!(Person::query().select(name()).one(&held).await.unwrap(), "not for all");
}

/// Also what a function sets, of which the text of its call does not tell.
#[tokio::test]
async fn what_a_function_sets_on_a_connection_is_its_own() {
    let (db, dbs) = one_connection().await;
    db.batch(
        "CREATE FUNCTION enter() RETURNS int LANGUAGE plpgsql AS $$
         BEGIN PERFORM pg_advisory_lock(1); PERFORM set_config('work_mem', '12345', false); RETURN 1; END $$",
    )
    .await;
    const LEFT: &str = "SELECT count(*) FROM pg_locks, pg_settings WHERE locktype = 'advisory'
         AND pid = pg_backend_pid() OR name = 'work_mem' AND setting = '12345'";
    let own = dbs.people.connection().await.unwrap();
    People::sql::<i32>("SELECT enter()").one(&own).await.unwrap();
    assert!(People::sql::<i64>(LEFT).one(&own).await.unwrap() > 0);
    drop(own);
    assert_eq!(People::sql::<i64>(LEFT).one(&dbs).await.unwrap(), 0);
}

/// The tenant whose rows its policies show, say.
#[tokio::test]
async fn what_a_transaction_sets_is_not_the_next_callers() {
    const TENANT: &str = "SELECT coalesce(current_setting('app.tenant', true), '')";
    const SET: &str = "SELECT set_config('app.tenant', $1, true)";
    let (_db, dbs) = one_connection().await;
    for way in 0..8 {
        let set = dbs.people.transaction(async |tx| {
            match way % 4 {
                0 => People::sql::<String>(SET).bind("a").one(tx).await.map(drop)?,
                1 => tx.batch("SET LOCAL app.tenant = 'a'").await?,
                2 => tx.batch("SET app.tenant = 'a'").await?,
                _ => tx.batch("SELECT set_config('app.tenant', 'a', false)").await?,
            }
            let tenant = People::sql::<String>(TENANT).one(tx).await?;
            if way >= 4 {
                // The caller goes away.
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
            Ok(tenant)
        });
        match tokio::time::timeout(Duration::from_millis(200), set).await {
            Ok(tenant) => assert_eq!(tenant.unwrap(), "a"),
            Err(_) => assert!(way >= 4),
        }
        assert_eq!(soon(People::sql::<String>(TENANT).one(&dbs)).await.unwrap(), "", "{way}");
    }
}
