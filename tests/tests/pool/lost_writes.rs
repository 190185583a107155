//! A connection that is lost under a write which the server finishes: its caller is told that it may have taken effect,
//! whatever sort of statement the write was, so that nobody runs it again as one that did nothing.

use futures_util::{StreamExt, future::BoxFuture};
use ormgen_runtime::{Error, Expr, NotNull, Pool, functions::sql, prelude::*, types};
use ormgen_tests::{
    generated::visits::people::{Badge, People, Person},
    people::{databases, people_on, person},
    proxy::Proxy,
    server::{TestDb, server},
};

use crate::support::{ask, connections_to, eventually, soon};

/// Each way to store a person takes a while, and is committed then.
const SLOW: &str = "
    CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END';
    CREATE TRIGGER nap AFTER INSERT ON people FOR EACH STATEMENT EXECUTE FUNCTION nap();
    CREATE FUNCTION put() RETURNS bigint LANGUAGE plpgsql AS
        'BEGIN INSERT INTO people VALUES (1, ''put''); RETURN 1; END';
    CREATE PROCEDURE put_and_commit() LANGUAGE plpgsql AS
        'BEGIN PERFORM put(); COMMIT; PERFORM pg_sleep(0.5); END';
    ALTER TABLE badges DROP CONSTRAINT badges_person_id_fkey;
    INSERT INTO badges VALUES ('a', 9)";

const AT_WORK: &str = "SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event = 'PgSleep'";

/// Runs the write, and ends its connection while the server is at work on it.
async fn cut(write: impl FnOnce(Pool<People>) -> BoxFuture<'static, Result<(), Error>>) -> (TestDb, Error) {
    let db = people_on(&server(1)).await;
    db.batch(SLOW).await;
    let proxy = Proxy::before(db.url()).await;
    let dbs = databases(proxy.url(), |connection| connection);
    let cut = async {
        eventually("the server is at work", async || ask::<i64>(&db, AT_WORK).await == 1).await;
        proxy.cut();
    };
    let error = soon(async { tokio::join!(write(dbs.people.clone()), cut).0 }).await.unwrap_err();
    (db, error)
}

/// As [`cut`], of a write that the server finishes.
async fn lose(what: &str, write: impl FnOnce(Pool<People>) -> BoxFuture<'static, Result<(), Error>>) {
    let (db, error) = cut(write).await;
    let is_told = matches!(error, Error::ConnectionLost { may_have_taken_effect: true, .. });
    assert!(is_told && !error.is_retryable(), "{what}: {error:?}");
    eventually("it is stored", async || stored(&db).await > 0).await;
}

async fn stored(db: &TestDb) -> i64 {
    ask(db, "SELECT count(*) FROM people").await
}

/// They are a transaction, which was not committed yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_rows() {
    let (db, error) = cut(|pool| {
        Box::pin(async move { Person::insert_many((0..3_000).map(person)).execute(&pool).await.map(drop) })
    })
    .await;
    assert!(matches!(error, Error::ConnectionLost { may_have_taken_effect: false, .. }), "{error:?}");
    eventually("the server is done", async || connections_to(&db).await == 0).await;
    assert_eq!(stored(&db).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sql_of_the_programs_own() {
    for text in ["CALL put_and_commit()", "DO $$BEGIN PERFORM put(); END$$", "SELECT put()"] {
        lose(text, |pool| Box::pin(async move { People::sql(text).execute(&pool).await.map(drop) })).await;
    }
    // Without `returning()`, too.
    let text = "INSERT INTO people VALUES (1, 'x') RETURNING id";
    lose(text, |pool| Box::pin(async move { People::sql::<i64>(text).one(&pool).await.map(drop) })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_that_calls_a_function() {
    lose("a read with a fragment", |pool| {
        let put: Expr<Badge, i64, NotNull> = sql("put()").expression();
        Box::pin(async move { Badge::query().select(put).one(&pool).await.map(drop) })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_what_is_stored() {
    lose("a stream", |pool| {
        Box::pin(async move {
            let rows = People::sql::<i64>("INSERT INTO people VALUES (1, 'x') RETURNING id").returning();
            let mut rows = rows.stream(&pool).await?;
            while let Some(row) = rows.next().await {
                row?;
            }
            Ok(())
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_connection_with_settings_of_its_own() {
    lose("an insert after SET", |pool| {
        Box::pin(async move {
            let own = pool.connection().await?;
            own.batch("SET work_mem = '8MB'").await?;
            Person::insert(person(1)).execute(&own).await.map(drop)
        })
    })
    .await;
    lose("SQL on a connection", |pool| {
        Box::pin(async move { pool.connection().await?.batch("INSERT INTO people VALUES (1, 'x')").await })
    })
    .await;
}

/// There the program's own BEGIN has begun a transaction, with which the write is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_transaction_of_the_programs_own_nothing_is_stored() {
    let db = people_on(&server(1)).await;
    let dbs = databases(db.url(), |connection| connection);
    let own = dbs.people.connection().await.unwrap();
    own.batch("BEGIN").await.unwrap();
    let process = People::sql::<i32>("SELECT pg_backend_pid()").one(&own).await.unwrap();
    db.batch(&format!("SELECT pg_terminate_backend({process}, 5000)")).await;
    let error = Person::insert(person(1)).execute(&own).await.unwrap_err();
    assert!(matches!(error, Error::ConnectionLost { may_have_taken_effect: false, .. }), "{error:?}");
    assert_eq!(stored(&db).await, 0);
}

/// A type of the program's own whose encoder writes into an `io::Write`, and fails as one.
#[derive(Debug)]
struct Unsendable;

impl types::ToSql for Unsendable {
    fn to_sql(&self, _: &types::Type, _: &mut types::BytesMut) -> Result<types::IsNull, types::BoxError> {
        Err(std::io::Error::other("it does not fit").into())
    }

    fn accepts(_: &types::Type) -> bool {
        true
    }

    types::to_sql_checked!();
}

#[tokio::test]
async fn a_value_that_cannot_be_sent_loses_no_connection() {
    let db = people_on(&server(1)).await;
    let dbs = databases(db.url(), |connection| connection.max_size(1));
    let pid = || People::sql::<i32>("SELECT pg_backend_pid()").one(&dbs);
    let before = pid().await.unwrap();
    let error =
        People::sql("INSERT INTO people VALUES (1, $1)").bind(Unsendable).execute(&dbs).await.unwrap_err();
    assert!(matches!(error, Error::InvalidSql { .. }), "{error:?}");
    assert!(error.to_string().ends_with("`$1`: it does not fit"), "{error}");
    assert_eq!(pid().await.unwrap(), before);
}
