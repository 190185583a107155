//! PgBouncer between the pool and its server: nothing that the pool does ends it.

use std::time::Duration;

use futures_util::future::join_all;
use ormgen_runtime::{Error, Expr, NotNull, functions::sql, prelude::*};
use ormgen_tests::{
    generated::visits::{
        Databases,
        people::{Badge, NewBadge, Person},
    },
    people::{databases, people_on, store},
    pgbouncer::PgBouncer,
    server::{TestDb, server},
};

use crate::support::{ask, eventually, soon};

async fn people() -> TestDb {
    let db = people_on(&server(1)).await;
    db.batch("INSERT INTO people SELECT n, 'p' || n FROM generate_series(0, 99) AS n").await;
    db
}

async fn slow_read(dbs: &Databases) -> Result<i64, ormgen_runtime::Error> {
    let slow: Expr<Badge, i64, NotNull> = sql("(SELECT person_id FROM pg_sleep(0.1))").expression();
    Badge::query().select(slow).limit(1).one(dbs).await
}

/// Statements that take long among short ones, and callers that go away: what makes a pool ask for cancellation.
async fn work(dbs: &Databases, seconds: u64) -> Vec<Result<i64, ormgen_runtime::Error>> {
    let until = tokio::time::Instant::now() + Duration::from_secs(seconds);
    let tasks = (0..24_i64).map(|task| {
        let dbs = dbs.clone();
        tokio::spawn(async move {
            let mut done = Vec::new();
            let mut n = 0;
            while tokio::time::Instant::now() < until {
                n += 1;
                match (task + n) % 4 {
                    0 => drop(slow_read(&dbs).await),
                    1 => {
                        // Its caller does not wait for its end.
                        let given_up = slow_read(&dbs);
                        let _ = tokio::time::timeout(Duration::from_millis(20), given_up).await;
                    }
                    2 => {
                        let id = 10_000 + task * 10_000 + n;
                        done.push(store(&dbs, id).await.map(|()| id));
                    }
                    _ => drop(Person::find((task + n) % 100).one(&dbs).await),
                }
            }
            done
        })
    });
    let done = join_all(tasks).await;
    done.into_iter().flat_map(|task| task.unwrap()).collect()
}

/// Whatever each write was told, it is stored once or not at all, and once where it was told so.
async fn acknowledged_is_stored(db: &TestDb, done: &[Result<i64, ormgen_runtime::Error>]) {
    let stored: Vec<i64> =
        ask(db, "SELECT coalesce(array_agg(id), '{}') FROM people WHERE id >= 10000").await;
    let stored: std::collections::BTreeSet<i64> = stored.into_iter().collect();
    let acknowledged = done.iter().flatten();
    assert!(acknowledged.clone().all(|id| stored.contains(id)));
    assert!(acknowledged.count() > 0, "{:?}", done.first());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_session_mode() {
    let db = people().await;
    let mut bouncer = PgBouncer::before(&db, "session").await;
    let dbs = databases(bouncer.url(), |connection| connection.max_size(10));
    Badge::insert(NewBadge { code: "a".into(), person_id: 1 }).execute(&dbs).await.unwrap();
    // Another program, whose connection is through the same PgBouncer.
    let config: tokio_postgres::Config = bouncer.url().parse().unwrap();
    let (other, driver) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(driver);
    let done = soon(work(&dbs, 4)).await;
    assert!(bouncer.runs(), "PgBouncer has ended: {}", bouncer.log());
    for done in &done {
        assert!(done.is_ok(), "{done:?}");
    }
    acknowledged_is_stored(&db, &done).await;
    other.query_one("SELECT 1", &[]).await.unwrap();
    for row in soon(join_all((0..100).map(|id| Person::find(id).one(&dbs)))).await {
        row.unwrap();
    }
    soon(dbs.close()).await;
    assert!(bouncer.runs());
}

/// Sessions are shared: a statement may meet one that has not prepared it. Whatever comes of that, PgBouncer lives,
/// and what was acknowledged is stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_transaction_mode() {
    let db = people().await;
    db.batch("INSERT INTO badges VALUES ('a', 1)").await;
    let mut bouncer = PgBouncer::before(&db, "transaction").await;
    let dbs = databases(bouncer.url(), |connection| connection.max_size(10));
    let config: tokio_postgres::Config = bouncer.url().parse().unwrap();
    let (other, driver) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(driver);
    let done = soon(work(&dbs, 4)).await;
    assert!(bouncer.runs(), "PgBouncer has ended: {}", bouncer.log());
    acknowledged_is_stored(&db, &done).await;
    other.simple_query("SELECT 1").await.unwrap();
    // What takes no values needs nothing prepared.
    let tx = dbs.people.begin().await.unwrap();
    tx.batch("INSERT INTO people VALUES (-1, '')").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM people WHERE id = -1").await, 1);
    soon(dbs.close()).await;
    assert!(bouncer.runs());
}

/// It closes the connection of a statement that takes too long for it, and the server goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_the_pooler_gives_up_may_be_stored() {
    for mode in ["session", "transaction"] {
        let db = people().await;
        db.batch(
            "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1.5); RETURN NULL; END';
             CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON people DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW EXECUTE FUNCTION wait()",
        )
        .await;
        let settings = ["query_timeout = 1", "ignore_startup_parameters = extra_float_digits,options"];
        let bouncer = PgBouncer::with(&db, mode, &settings).await;
        let dbs = databases(bouncer.url(), |connection| connection.max_size(1));
        let error = store(&dbs, 1000).await.unwrap_err();
        assert!(matches!(error, Error::ConnectionLost { may_have_taken_effect: true, .. }), "{error}");
        assert!(error.to_string().contains("query timeout"), "{error}");
        // The connection is closed, and not given to the next caller.
        dbs.people.transaction(async |tx| Person::find(1).one(tx).await).await.unwrap();
        eventually("it is stored", async || ask::<i64>(&db, "SELECT count(*) FROM people").await == 101)
            .await;
    }
}
