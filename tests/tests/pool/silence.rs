//! A server whose machine takes what is sent, and whose processes stand still: callers are told within a bound. And
//! connections that turn out to be dead when a statement is sent.

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use ormgen_runtime::{Error, prelude::*};
use ormgen_tests::{
    generated::visits::people::{People, Person},
    people::{databases, people_on, person, store},
    server::{ScratchServer, TestDb, server},
};

use crate::support::{ask, eventually};

/// The bound of these tests, in the URL's seconds.
const BOUND: Duration = Duration::from_secs(3);

/// How long a caller is kept at most: the bound, and what a busy machine adds.
const AT_MOST: Duration = Duration::from_secs(8);

fn bounded(db: &TestDb) -> String {
    format!("{}?tcp_user_timeout={}", db.url(), BOUND.as_secs())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stands_still_is_given_up() {
    let server = ScratchServer::start();
    let db = people_on(&server.server()).await;
    let dbs = databases(&bounded(&db), |connection| connection.acquire_timeout(Duration::from_secs(5)));
    let tx = dbs.people.begin().await.unwrap();
    Person::insert(person(2)).execute(&tx).await.unwrap();
    let connection = dbs.people.connection().await.unwrap();
    // On a connection that is idle afterwards, and trusted.
    store(&dbs, 1).await.unwrap();
    let began = Instant::now();
    server.freeze();
    let within = tokio::time::timeout(AT_MOST, async {
        tokio::join!(
            store(&dbs, 3),
            Person::insert(person(4)).execute(&connection),
            Person::insert(person(5)).execute(&tx),
        )
    });
    let within = within.await;
    let took = began.elapsed();
    server.thaw();
    let (pooled, own, in_transaction) = within.expect("callers are told within the bound");
    for (error, is_unknown) in
        [(pooled.unwrap_err(), true), (own.unwrap_err(), true), (in_transaction.unwrap_err(), false)]
    {
        let Error::ConnectionLost { may_have_taken_effect, .. } = error else { panic!("{error}") };
        assert_eq!(may_have_taken_effect, is_unknown, "{error}");
        let text = error.to_string();
        assert!(text.contains("gave no answer for 3s"), "{text}");
        assert_eq!(text.contains("whether the write took effect is not known"), is_unknown, "{text}");
    }
    println!("told after {took:?}, with a bound of {BOUND:?}");
    eventually("the pool works again", async || Person::find(1).one(&dbs).await.is_ok()).await;
    drop((tx, connection));
    // What the server had been sent in whole it did once it went on; what the transaction wrote is gone.
    eventually("the server has done it", async || {
        ask::<i64>(&db, "SELECT count(*) FROM people WHERE id = 3").await == 1
    })
    .await;
    assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM people WHERE id IN (2, 5)").await, 0);
}

/// One that is at work is waited for, however long it takes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_statement_is_waited_for() {
    let db = people_on(&server(1)).await;
    let dbs = databases(&format!("{}?tcp_user_timeout=1", db.url()), |connection| connection);
    const LONG: &str = "SELECT pg_sleep(4)::text";
    let began = Instant::now();
    People::sql::<String>(LONG).one(&dbs).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(4));
}

/// Ends the program's connections; this thread stands still meanwhile, so that the program does not see it.
fn end_connections(db: &TestDb) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    const END: &str = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    file.write_all(END.as_bytes()).unwrap();
    assert_eq!(db.psql(file.path()), "");
}

#[tokio::test]
async fn a_read_on_a_dead_connection_is_sent_again_and_a_write_is_not() {
    let db = people_on(&server(1)).await;
    let dbs = databases(db.url(), |connection| connection.max_size(2));
    for id in [1, 2] {
        store(&dbs, id).await.unwrap();
    }
    // Another number each time, as the first of its kind is also prepared.
    for round in 0..3 {
        Person::find(1).one(&dbs).await.unwrap();
        end_connections(&db);
        assert_eq!(Person::find(2).one(&dbs).await.unwrap().id, 2, "in round {round}");
        end_connections(&db);
        assert_eq!(Person::query().all(&dbs).await.unwrap().len(), 2, "in round {round}");
    }
    end_connections(&db);
    let error = store(&dbs, 3).await.unwrap_err();
    assert!(matches!(error, Error::ConnectionLost { may_have_taken_effect: true, .. }), "{error}");
    // In a transaction nothing is sent twice.
    let tx = dbs.people.begin().await.unwrap();
    end_connections(&db);
    let error = Person::find(1).one(&tx).await.unwrap_err();
    assert!(matches!(error, Error::ConnectionLost { may_have_taken_effect: false, .. }), "{error}");
}

/// A health page shows what went wrong last, and where.
#[tokio::test]
async fn status_tells_the_last_error() {
    let server = ScratchServer::start();
    let db = people_on(&server.server()).await;
    let dbs =
        databases(&db.url_of_app().await, |connection| connection.acquire_timeout(Duration::from_secs(2)));
    let status = async || dbs.status(Duration::from_secs(2)).await.swap_remove(0);
    let well = status().await;
    assert!(well.is_reachable() && well.last_error.is_none() && well.lag.is_none(), "{well:?}");
    assert!(well.host.starts_with("127.0.0.1:"), "{}", well.host);
    server.stop_fast();
    let ill = status().await;
    assert!(!ill.is_reachable());
    let last = ill.last_error.expect("an error");
    assert!(last.message.contains("connection") && !last.message.contains("app:app"), "{}", last.message);
    server.restart();
    eventually("the server is back", async || status().await.is_reachable()).await;
    let again = status().await.last_error.expect("it is kept");
    assert!(again.at >= last.at);
}
