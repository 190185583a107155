//! Streams: in a transaction they are in nobody's way, and one that is dropped costs no more than was read of it.

use std::time::Duration;

use futures_util::{Stream, StreamExt, TryStreamExt};
use ormgen_runtime::{Error, Expr, NotNull, functions::sql, prelude::*};
use ormgen_tests::{
    generated::visits::{
        Databases,
        people::{People, Person},
    },
    people::{databases, people_on, person, store},
    server::{TestDb, server},
};

use crate::support::{ask, eventually, soon};

const ROWS: i64 = 300_000;

/// People, of whom one connection tells: through a Unix socket, since a kernel may buffer 36 MB of a TCP connection, which
/// are nearly all of these rows.
async fn people(rows: i64) -> (TestDb, Databases) {
    let db = people_on(&server(1)).await;
    db.batch(&format!(
        "INSERT INTO people SELECT n, repeat('x', 100) FROM generate_series(1, {rows}) AS n;
         CREATE SEQUENCE served"
    ))
    .await;
    let dbs = databases(&db.url_by_socket().await, |connection| connection.max_size(1));
    (db, dbs)
}

/// Every row is counted when the server makes it.
fn counted() -> Expr<Person, i64, NotNull> {
    sql("nextval('served')").expression()
}

/// How many rows the server has made.
async fn served(db: &TestDb) -> i64 {
    ask(db, "SELECT last_value FROM served").await
}

async fn next<T>(rows: &mut (impl Stream<Item = Result<T, Error>> + Unpin)) -> T {
    soon(rows.next()).await.expect("a row").unwrap()
}

#[tokio::test]
async fn statements_between_rows() {
    let (_db, dbs) = people(5_000).await;
    let tx = dbs.people.begin().await.unwrap();
    let mut rows = soon(Person::query().order_by(Person::ID.asc()).stream(&tx)).await.unwrap();
    let mut raw =
        soon(People::sql::<i64>("SELECT id FROM people ORDER BY id DESC").stream(&tx)).await.unwrap();
    let mut read = 0;
    for id in 1..=5_000 {
        assert_eq!(next(&mut rows).await.id, id);
        read += 1;
        if id % 500 == 1 {
            assert_eq!(next(&mut raw).await, 5_001 - (id - 1) / 500 - 1);
            assert_eq!(soon(Person::find(id).one(&tx)).await.unwrap().id, id);
            soon(Person::insert(person(10_000 + id)).execute(&tx)).await.unwrap();
            let many = (0..2_000).map(|n| person(100_000 * id + n));
            soon(Person::insert_many(many).execute(&tx)).await.unwrap();
            let changed = soon(Person::find(id).update().set(Person::NAME, "changed").execute(&tx)).await;
            assert_eq!(changed.unwrap(), 1);
        }
    }
    // It sees what was there when it began.
    assert!(soon(rows.next()).await.is_none());
    assert_eq!(read, 5_000);
    drop((rows, raw));
    soon(tx.commit()).await.unwrap();
    assert_eq!(soon(Person::query().count(&dbs)).await.unwrap(), 5_000 + 10 + 20_000);
}

#[tokio::test]
async fn a_savepoint_between_rows() {
    let (_db, dbs) = people(3_000).await;
    let tx = dbs.people.begin().await.unwrap();
    let mut rows = soon(Person::query().order_by(Person::ID.asc()).stream(&tx)).await.unwrap();
    next(&mut rows).await;
    for round in 0..3 {
        let undone = tx.savepoint(async |savepoint| {
            store_on(savepoint, 10_000 + round).await?;
            let mut inner = soon(Person::query().order_by(Person::ID.desc()).stream(savepoint)).await?;
            inner.next().await.unwrap()?;
            drop(inner);
            store_on(savepoint, 10_000 + round).await
        });
        soon(undone).await.unwrap_err();
        next(&mut rows).await;
    }
    let rest: Vec<Person> = soon(rows.try_collect()).await.unwrap();
    assert_eq!(rest.len(), 3_000 - 4);
    soon(tx.commit()).await.unwrap();
    assert_eq!(soon(Person::query().count(&dbs)).await.unwrap(), 3_000);
}

async fn store_on(executor: impl Writer<People>, id: i64) -> Result<(), Error> {
    Person::insert(person(id)).execute(executor).await.map(drop)
}

#[tokio::test]
async fn dropped_in_a_transaction_it_is_stopped() {
    let (db, dbs) = people(ROWS).await;
    let tx = dbs.people.begin().await.unwrap();
    for read in [0, 1, 3] {
        let mut rows =
            soon(Person::query().select((Person::ID, Person::NAME, counted())).stream(&tx)).await.unwrap();
        for _ in 0..read {
            next(&mut rows).await;
        }
        drop(rows);
        assert_eq!(soon(Person::find(7).one(&tx)).await.unwrap().id, 7);
    }
    soon(store_on(&tx, ROWS + 1)).await.unwrap();
    soon(tx.commit()).await.unwrap();
    let served = served(&db).await;
    assert!(served < ROWS / 3, "the server made {served} rows of three times {ROWS}, of which 4 were read");
    assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM people").await, ROWS + 1);
}

#[tokio::test]
async fn dropped_on_a_pool_it_is_stopped() {
    let (db, dbs) = people(ROWS).await;
    for read in [0, 1, 3] {
        // A dropped stream has a moment to end by itself, in which a server makes many rows if they are small.
        let large: Expr<Person, String, NotNull> = sql("repeat('x', 2000)").expression();
        let mut rows =
            soon(Person::query().select((Person::ID, large, counted())).stream(&dbs)).await.unwrap();
        for _ in 0..read {
            next(&mut rows).await;
        }
        drop(rows);
        assert_eq!(soon(Person::find(7).one(&dbs)).await.unwrap().id, 7);
    }
    eventually("nobody is at work on it", async || {
        const AT_WORK: &str = "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'";
        ask::<i64>(&db, AT_WORK).await == 0
    })
    .await;
    let served = served(&db).await;
    assert!(served < 2 * ROWS, "the server made {served} rows of three times {ROWS}, of which 4 were read");
    assert!(dbs.people.size() <= 1);
}

/// The server has not made the first row: it is told to stop, or the transaction goes on without waiting for it.
#[tokio::test]
async fn dropped_before_its_first_row() {
    let (_db, dbs) = people(10).await;
    let slow: Expr<Person, bool, NotNull> = sql("pg_sleep(600) IS NULL").expression();
    let opening = async { Person::query().select(slow).stream(&dbs).await?.next().await.transpose() };
    let opened = tokio::time::timeout(Duration::from_millis(300), opening).await;
    assert!(opened.is_err(), "it takes ten minutes");
    assert_eq!(soon(Person::find(7).one(&dbs)).await.unwrap().id, 7);
}

#[tokio::test]
async fn an_error_ends_the_stream_and_not_the_pool() {
    let (_db, dbs) = people(5_000).await;
    let failing = || -> Expr<Person, i64, NotNull> { sql("1000 / (4000 - id)").expression() };
    let rows: Vec<Result<i64, Error>> =
        soon(Person::query().select(failing()).stream(&dbs).await.unwrap().collect()).await;
    assert!(rows.last().unwrap().is_err() && rows.iter().filter(|row| row.is_err()).count() == 1);
    let tx = dbs.people.begin().await.unwrap();
    let rows: Vec<Result<i64, Error>> =
        soon(Person::query().select(failing()).stream(&tx).await.unwrap().collect()).await;
    assert!(matches!(rows.last(), Some(Err(Error::Database { .. }))), "{:?}", rows.last());
    let error = soon(Person::find(7).one(&tx)).await.unwrap_err();
    assert!(matches!(error, Error::Aborted { .. }), "{error}");
    drop(tx);
    soon(store(&dbs, 9_999)).await.unwrap();
}

/// Rows are not read ahead without bound: the reader's pace is the server's.
#[tokio::test]
async fn a_slow_reader_holds_back_the_server() {
    let (db, dbs) = people(ROWS).await;
    let tx = dbs.people.begin().await.unwrap();
    let mut rows =
        soon(Person::query().select((Person::ID, Person::NAME, counted())).stream(&tx)).await.unwrap();
    for _ in 0..10 {
        next(&mut rows).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let served = served(&db).await;
    assert!(served < ROWS / 2, "{served} of {ROWS} rows were made for 10 that were read");
    let rest = soon(rows.try_fold(0, async |count, _| Ok(count + 1))).await.unwrap();
    assert_eq!(rest, ROWS - 10);
}
