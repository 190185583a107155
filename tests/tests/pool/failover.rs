//! A standby takes over: writes find the new primary, and nothing that was acknowledged by it is lost.

use std::time::{Duration, Instant};

use ormgen_runtime::{Error, prelude::*};
use ormgen_tests::{
    generated::visits::{
        Databases,
        people::{People, Person},
    },
    people::{databases, people_on, store},
    server::{ScratchServer, TestDb, server, with_heir},
};
use tokio::task::JoinHandle;

use crate::support::{ask, eventually, soon};

/// A primary and a standby that has all of it.
struct Pair {
    primary: ScratchServer,
    standby: ScratchServer,
    db: TestDb,
    dbs: Databases,
}

impl Pair {
    async fn open() -> Self {
        let primary = ScratchServer::start();
        let db = people_on(&primary.server()).await;
        let url = db.url_of_app().await;
        let standby = primary.standby(&[]);
        let url = with_heir(&url, &standby.server());
        let dbs = databases(&url, |connection| connection.max_size(8));
        for id in 0..8 {
            store(&dbs, id).await.unwrap();
        }
        let followers = async || ask::<i64>(&db, "SELECT count(*) FROM pg_stat_replication").await == 1;
        eventually("the standby follows", followers).await;
        Self { primary, standby, db, dbs }
    }

    /// Eight tasks that store people, until they are told to stop: when each write was done, and what came of it.
    fn write(&self) -> (Vec<JoinHandle<Vec<Write>>>, tokio::sync::watch::Sender<bool>) {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let tasks = (1..9_i64).map(|task| {
            let (dbs, stopped) = (self.dbs.clone(), stopped.clone());
            tokio::spawn(async move {
                let mut done = Vec::new();
                let mut id = task * 1_000_000;
                while !*stopped.borrow() {
                    id += 1;
                    let begun = Instant::now();
                    let result = store(&dbs, id).await;
                    done.push(Write { id, begun, at: Instant::now(), result });
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                done
            })
        });
        (tasks.collect(), stop)
    }
}

struct Write {
    id: i64,
    begun: Instant,
    at: Instant,
    result: Result<(), Error>,
}

/// Lets writes go on through `fails_over`, and checks how long they fail after the standby was promoted.
async fn writes_go_on(what: &str, fails_over: impl AsyncFnOnce(&Pair)) {
    let pair = Pair::open().await;
    let (tasks, stop) = pair.write();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let begun = Instant::now();
    fails_over(&pair).await;
    let promoted = Instant::now();
    tokio::time::sleep(Duration::from_secs(2)).await;
    stop.send(true).unwrap();
    let mut writes = Vec::new();
    for task in tasks {
        writes.extend(soon(task).await.unwrap());
    }
    let failed = writes.iter().filter(|write| write.result.is_err());
    let last_failure = failed.clone().map(|write| write.at).max().unwrap_or(begun);
    let outage = last_failure.saturating_duration_since(promoted);
    if let Some(Write { result: Err(error), .. }) = failed.clone().next_back() {
        println!("{what}: {error}");
    }
    println!(
        "{what}: {} of {} writes failed; the last {outage:?} after the standby was promoted, {:?} after it began",
        failed.count(),
        writes.len(),
        last_failure.saturating_duration_since(begun),
    );
    assert!(outage < Duration::from_secs(1), "writes failed for {outage:?}");
    let after = writes.iter().filter(|write| write.at > last_failure).count();
    assert!(after > 0, "no write after the outage");
    // What the new primary acknowledged is there.
    let new = pair.standby.server().database(pair.db.name());
    let stored: Vec<i64> = ask(&new, "SELECT array_agg(id ORDER BY id) FROM people").await;
    for write in writes.iter().filter(|write| write.begun > promoted && write.result.is_ok()) {
        assert!(stored.binary_search(&write.id).is_ok(), "{} was acknowledged", write.id);
    }
    assert!(soon(pair.dbs.close()).await.is_clean());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_takes_no_more_writes() {
    writes_go_on("the primary became read-only", async |pair| {
        pair.primary.set(&["default_transaction_read_only = on"]);
        tokio::time::sleep(Duration::from_millis(500)).await;
        pair.standby.promote();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_is_stopped() {
    writes_go_on("the primary was stopped", async |pair| {
        pair.primary.stop_fast();
        pair.standby.promote();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_crashes() {
    writes_go_on("the primary crashed", async |pair| {
        pair.primary.stop_immediate();
        pair.standby.promote();
    })
    .await;
}

/// A transaction that only reads is refused a write as well: its connection is as good as before.
#[tokio::test]
async fn a_transaction_that_only_reads_costs_no_connection() {
    let db = people_on(&server(1)).await;
    let dbs = databases(db.url(), |connection| connection.max_size(1));
    let pid = || People::sql::<i32>("SELECT pg_backend_pid()");
    let before = pid().one(&dbs).await.unwrap();
    for _ in 0..3 {
        let options = ormgen_runtime::TransactionOptions::new().read_only();
        let tx = dbs.people.begin_with(options).await.unwrap();
        let error = Person::query().delete().execute(&tx).await.unwrap_err();
        assert!(error.to_string().contains("25006"), "{error}");
        drop(tx);
    }
    assert_eq!(soon(pid().one(&dbs)).await.unwrap(), before);
}

/// What the server said before it closed the connection is told to whoever meets it closed.
#[tokio::test]
async fn a_lost_connection_says_why() {
    let db = people_on(&server(1)).await;
    let dbs = databases(db.url(), |connection| connection.max_size(1));
    // Ended by an administrator, while nothing is under way.
    let connection = dbs.people.connection().await.unwrap();
    let pid: i32 = People::sql("SELECT pg_backend_pid()").one(&connection).await.unwrap();
    db.batch(&format!("SELECT pg_terminate_backend({pid}, 1000)")).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let error = Person::query().count(&connection).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "connection `people`: the connection was lost: terminating connection due to administrator command \
         (SQLSTATE 57P01)"
    );
    drop(connection);
    // A transaction that was idle for too long.
    let tx = dbs.people.begin().await.unwrap();
    tx.batch("SET LOCAL idle_in_transaction_session_timeout = 100").await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let error = Person::query().count(&tx).await.unwrap_err();
    assert!(matches!(error, Error::ConnectionLost { .. }), "{error:?}");
    assert!(error.to_string().ends_with("due to idle-in-transaction timeout (SQLSTATE 25P03)"), "{error}");
    drop(tx);
    // While a statement is under way.
    let connection = dbs.people.connection().await.unwrap();
    let pid: i32 = People::sql("SELECT pg_backend_pid()").one(&connection).await.unwrap();
    let asked = People::sql::<String>("SELECT pg_sleep(30)::text");
    let end = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        db.batch(&format!("SELECT pg_terminate_backend({pid})")).await;
    };
    let (error, ()) = tokio::join!(asked.one(&connection), end);
    let error = error.unwrap_err();
    assert!(matches!(error, Error::ConnectionLost { .. }), "{error:?}");
    assert!(error.to_string().ends_with("(SQLSTATE 57P01)"), "{error}");
}
