//! Statements that leave something on their session: refused on a pool, by a message that names the way.

use ormgen_runtime::{
    Error, Expr, NotNull, Transaction, config::Reset, functions::sql, prelude::*, query::Raw,
};
use ormgen_tests::{
    generated::visits::{
        Databases,
        people::{People, Person},
    },
    people::{databases, people_on, store},
    server::{TestDb, server},
};

use crate::support::{ask, soon};

async fn one_connection() -> (TestDb, Databases) {
    let db = people_on(&server(1)).await;
    let dbs = databases(db.url(), |connection| connection.max_size(1));
    store(&dbs, 1_000).await.unwrap();
    (db, dbs)
}

type Statement = Raw<'static, People, ()>;

/// Each as a program may write it. Those that are for a transaction's end need one: they are tried on the pool alone.
fn statements() -> Vec<Statement> {
    vec![
        People::sql("BEGIN"),
        People::sql("begin isolation level serializable"),
        People::sql("  /* a comment, /* nested */ */ -- and another\n BEGIN;"),
        People::sql("START TRANSACTION READ ONLY"),
        People::sql("COMMIT"),
        People::sql("END"),
        People::sql("ROLLBACK"),
        People::sql("ABORT"),
        People::sql("SAVEPOINT s"),
        People::sql("RELEASE SAVEPOINT s"),
        People::sql("ROLLBACK TO s"),
        People::sql("PREPARE TRANSACTION 'x'"),
        People::sql("SET search_path = nowhere"),
        People::sql("SET SESSION statement_timeout = 1"),
        People::sql("SET LOCAL statement_timeout = 1"),
        People::sql("SET ROLE NONE"),
        People::sql("SET SESSION AUTHORIZATION DEFAULT"),
        People::sql("SET TRANSACTION READ ONLY"),
        People::sql("SET TIME ZONE 'UTC'"),
        People::sql("SET CONSTRAINTS ALL DEFERRED"),
        People::sql("RESET ALL"),
        People::sql("RESET search_path"),
        People::sql("LISTEN somebody"),
        People::sql("UNLISTEN *"),
        People::sql("PREPARE q AS SELECT 1"),
        People::sql("DEALLOCATE ALL"),
        People::sql("DISCARD ALL"),
        People::sql("DISCARD TEMP"),
        People::sql("DECLARE c CURSOR WITH HOLD FOR SELECT 1"),
        People::sql("LOCK TABLE people"),
        People::sql("CREATE TEMP TABLE t (a int)"),
        People::sql("CREATE TEMPORARY TABLE IF NOT EXISTS t (a int)"),
        People::sql("CREATE LOCAL TEMPORARY TABLE t (a int)"),
        People::sql("CREATE TEMP VIEW v AS SELECT 1"),
        People::sql("CREATE OR REPLACE TEMP VIEW v AS SELECT 1"),
        People::sql("CREATE TEMP SEQUENCE s"),
        People::sql("CREATE TABLE pg_temp.t (a int)"),
        People::sql("SELECT 1 AS a INTO TEMP t"),
        People::sql("SELECT 1 AS a INTO LOCAL TEMP t"),
        People::sql("SELECT 1 AS a INTO GLOBAL TEMPORARY t"),
        People::sql("SELECT 1 AS a INTO TABLE pg_temp.t"),
        People::sql("EXPLAIN ANALYZE CREATE TEMP TABLE t AS SELECT 1"),
        People::sql("UPDATE pg_settings SET setting = '8MB' WHERE name = 'work_mem'"),
        People::sql("SELECT set_config('search_path', 'nowhere', false) WHERE true"),
        People::sql("SELECT pg_advisory_lock(1)"),
        People::sql("SELECT pg_advisory_lock_shared(1, 2)"),
        People::sql("SELECT id FROM people WHERE pg_try_advisory_lock(id)"),
        People::sql("SELECT pg_catalog.pg_advisory_lock(1)"),
        People::sql("SELECT pg_advisory_unlock_all()"),
        People::sql("SELECT set_config('search_path', 'nowhere', false)"),
        People::sql("WITH a AS (SELECT pg_advisory_lock(1)) SELECT 1 FROM a"),
    ]
}

/// A fragment in a query of a model is text of the program's own, too.
#[tokio::test]
async fn a_fragment_is_refused_on_a_pool_and_cleaned_up_after_on_a_connection() {
    let (db, dbs) = one_connection().await;
    let locked = || {
        let lock: Expr<Person, bool, NotNull> = sql("pg_try_advisory_lock(id)").expression();
        Person::query().select(lock)
    };
    const LOCKS: &str = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let refused = [locked().one(&dbs).await.map(drop), locked().stream(&dbs).await.map(drop)];
    for refused in refused {
        assert!(matches!(refused, Err(Error::SessionState { .. })), "{refused:?}");
    }
    assert_eq!(ask::<i64>(&db, LOCKS).await, 0);
    let own = dbs.people.connection().await.unwrap();
    assert!(locked().one(&own).await.unwrap());
    assert_eq!(ask::<i64>(&db, LOCKS).await, 1);
    drop(own);
    dbs.people.transaction(async |tx| locked().one(tx).await).await.unwrap();
    store(&dbs, 1).await.unwrap();
    assert_eq!(ask::<i64>(&db, LOCKS).await, 0);
}

#[tokio::test]
async fn is_refused_on_a_pool() {
    let (db, dbs) = one_connection().await;
    for statement in statements() {
        let shown = format!("{statement:?}");
        let error = match soon(statement.execute(&dbs)).await {
            Err(error) => error,
            Ok(_) => panic!("{shown} was run on whatever connection"),
        };
        let Error::SessionState { connection, .. } = &error else { panic!("{shown}: {error}") };
        assert_eq!(&**connection, "people");
        let message = error.to_string();
        assert!(
            ["begin", "connection()", "`transaction(…)`"].iter().any(|way| message.contains(way)),
            "{shown}: {message}"
        );
    }
    // Neither is it run on another way of reaching the pool.
    let exclusive = People::sql("BEGIN").execute(dbs.people.exclusive()).await.unwrap_err();
    assert!(matches!(exclusive, Error::SessionState { .. }), "{exclusive}");
    let primary = People::sql("SET search_path = nowhere").execute(dbs.people.primary()).await.unwrap_err();
    assert!(matches!(primary, Error::SessionState { .. }), "{primary}");
    let rows = People::sql::<bool>("SELECT pg_try_advisory_lock(1)").all(&dbs).await.unwrap_err();
    assert!(matches!(rows, Error::SessionState { .. }), "{rows}");
    let read_only = People::sql::<bool>("SELECT pg_try_advisory_lock(1)").one(dbs.people.read_only()).await;
    assert!(matches!(read_only, Err(Error::SessionState { .. })));
    let stream = People::sql::<i32>("DECLARE c CURSOR FOR SELECT 1").stream(&dbs).await;
    assert!(matches!(stream.map(drop), Err(Error::SessionState { .. })));
    assert_eq!(
        ask::<i64>(
            &db,
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        .await,
        0
    );
    store(&dbs, 1).await.unwrap();
    assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM people WHERE id = 1").await, 1);
}

/// On a connection of the caller's own it is run; afterwards the connection is as good as a new one.
#[tokio::test]
async fn is_run_on_a_connection() {
    for reset in [Reset::Rollback, Reset::DiscardAll] {
        let db = people_on(&server(1)).await;
        let dbs = databases(db.url(), |connection| connection.max_size(1).reset(reset));
        store(&dbs, 1_000).await.unwrap();
        let state = async || {
            let connection = dbs.people.connection().await.unwrap();
            let state = "SELECT current_setting('search_path') || ', ' || current_setting('application_name')
                 || ', ' || (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())
                 || ', ' || (SELECT count(*) FROM pg_listening_channels())
                 || ', ' || (SELECT count(*) FROM pg_cursors WHERE is_holdable)
                 || ', ' || coalesce(to_regclass('pg_temp.t')::text, 'no table')";
            People::sql::<String>(state).one(&connection).await.unwrap()
        };
        let before = state().await;
        let connection = dbs.people.connection().await.unwrap();
        for statement in [
            People::sql("SET search_path = pg_catalog"),
            People::sql("SET application_name = 'mine'"),
            People::sql("LISTEN somebody"),
            People::sql("CREATE TEMP TABLE t (a int)"),
            People::sql("SELECT pg_advisory_lock(1)"),
            People::sql("PREPARE q AS SELECT 1"),
            People::sql("DECLARE c CURSOR WITH HOLD FOR SELECT 1"),
            People::sql("BEGIN"),
            People::sql("INSERT INTO public.people VALUES (7, '')"),
        ] {
            let shown = format!("{statement:?}");
            if let Err(error) = statement.execute(&connection).await {
                panic!("{shown}: {error}");
            }
        }
        drop(connection);
        // The row is not stored: nobody committed it.
        assert_eq!(soon(Person::find(7).optional(&dbs)).await.unwrap(), None, "{reset:?}");
        assert_eq!(soon(state()).await, before, "{reset:?}");
        // The pool's own are prepared as well, and stay unless all go.
        let connection = dbs.people.connection().await.unwrap();
        let prepared = People::sql::<i64>("SELECT count(*) FROM pg_prepared_statements WHERE name = 'q'");
        let prepared = soon(prepared.one(&connection)).await.unwrap();
        assert!(prepared == 0 || reset == Reset::Rollback, "{reset:?}");
        drop(connection);
        for id in 0..10 {
            store(&dbs, 10 + id).await.unwrap();
        }
        assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM people WHERE id BETWEEN 10 AND 19").await, 10);
    }
}

/// A function sets something for longer than its transaction: the text that calls it does not tell. A `DO` block's does not
/// either, and `batch` is for what changes something.
#[tokio::test]
async fn what_a_function_sets_is_reset_where_the_pool_discards_all() {
    let db = people_on(&server(1)).await;
    db.batch(
        "CREATE FUNCTION sets(id bigint) RETURNS bigint LANGUAGE sql
         AS $$ SELECT id FROM set_config('app.tenant', 'acme', false) $$",
    )
    .await;
    for reset in [Reset::Rollback, Reset::DiscardAll] {
        let dbs = databases(db.url(), |connection| connection.max_size(1).reset(reset));
        let pool = &dbs.people;
        let left = async || {
            let tenant = "SELECT coalesce(current_setting('app.tenant', true), '')";
            let tenant = soon(People::sql::<String>(tenant).one(pool)).await.unwrap();
            pool.connection().await.unwrap().batch("RESET ALL").await.unwrap();
            tenant
        };
        let stays = if reset == Reset::Rollback { "acme" } else { "" };
        let call = "SELECT sets(1)";
        People::sql::<i64>(call).one(pool).await.unwrap();
        assert_eq!(left().await, stays, "{reset:?}");
        Person::query().filter(sql("sets(id) = 1")).all(pool).await.unwrap();
        store(&dbs, reset as i64).await.unwrap();
        Person::query().filter(sql("sets(id) = 1")).all(pool).await.unwrap();
        assert_eq!(left().await, stays, "{reset:?}");
        let in_transaction = async |tx: &Transaction<People>| People::sql::<i64>(call).one(tx).await;
        pool.transaction(in_transaction).await.unwrap();
        assert_eq!(left().await, stays, "{reset:?}");

        for text in [call, "DO $$ BEGIN PERFORM sets(1); END $$"] {
            pool.transaction(async |tx| tx.batch(text).await).await.unwrap();
            assert_eq!(left().await, "", "{reset:?} {text}");
        }
    }
}

/// In a transaction, what ends with it may be set.
#[tokio::test]
async fn what_is_local_to_a_transaction_is_run_in_one() {
    let (_db, dbs) = one_connection().await;
    let tx = dbs.people.begin().await.unwrap();
    for statement in [
        People::sql("SET LOCAL statement_timeout = '5s'"),
        People::sql("SET CONSTRAINTS ALL DEFERRED"),
        People::sql("LOCK TABLE people IN SHARE MODE"),
        People::sql("SELECT pg_advisory_xact_lock(1)"),
        People::sql("SELECT set_config('search_path', 'pg_catalog, public', true)"),
        People::sql("DECLARE c CURSOR FOR SELECT 1"),
    ] {
        let shown = format!("{statement:?}");
        if let Err(error) = statement.execute(&tx).await {
            panic!("{shown}: {error}");
        }
    }
    tx.commit().await.unwrap();
}
