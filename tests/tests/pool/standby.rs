//! A server that waits for a standby: nothing is acknowledged before the standby has it, for a failover would lose it.

use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use ormgen_runtime::{Error, prelude::*};
use ormgen_tests::{
    generated::visits::{
        Databases,
        people::{People, Person},
    },
    people::{databases, people_on, person, store},
    server::{ScratchServer, TestDb},
};
use tokio::task::JoinHandle;

use crate::support::{ask, eventually, soon};

/// Statements whose server waits for a standby to confirm them.
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event = 'SyncRep'";

/// A server whose standby is gone: whatever is written on it waits.
struct Lonely {
    server: ScratchServer,
    db: TestDb,
    dbs: Databases,
}

impl Lonely {
    async fn open() -> Self {
        let server = ScratchServer::start_with(&[
            "synchronous_standby_names = 'nobody'",
            "synchronous_commit = local",
        ]);
        let db = people_on(&server.server()).await;
        db.batch("INSERT INTO people SELECT n, 'p' || n FROM generate_series(1000, 1100) AS n").await;
        let dbs = databases(db.url(), |connection| connection.max_size(10));
        // What a program does is prepared, and was fast before.
        for id in 900..910 {
            store(&dbs, id).await.unwrap();
            Person::find(id).one(&dbs).await.unwrap();
        }
        server.set(&["synchronous_commit = on"]);
        eventually("the server waits for standbys", async || {
            ask::<String>(&db, "SELECT current_setting('synchronous_commit')").await == "on"
        })
        .await;
        Self { server, db, dbs }
    }

    /// Waits until that many wait for the standby, and a while longer: none is acknowledged.
    async fn none_is_acknowledged<T>(&self, waiting: i64, writes: &[JoinHandle<T>]) {
        let finished = || writes.iter().any(JoinHandle::is_finished);
        eventually("the writes wait for the standby", async || {
            finished() || ask::<i64>(&self.db, WAITING).await == waiting
        })
        .await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let finished = writes.iter().filter(|write| write.is_finished()).count();
        assert_eq!(finished, 0, "of {} were acknowledged, and no standby has them", writes.len());
    }

    fn release(&self) {
        self.server.set(&["synchronous_standby_names = ''"]);
    }
}

fn spawn<T: Send + 'static>(
    dbs: &Databases,
    write: impl FnOnce(Databases) -> BoxFuture<'static, T>,
) -> JoinHandle<T> {
    tokio::spawn(write(dbs.clone()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inserts_wait_for_the_standby() {
    let lonely = Lonely::open().await;
    let writes: Vec<_> = (0..4)
        .map(|id| spawn(&lonely.dbs, move |dbs| Box::pin(async move { store(&dbs, id).await })))
        .collect();
    lonely.none_is_acknowledged(4, &writes).await;
    lonely.release();
    for write in writes {
        soon(write).await.unwrap().unwrap();
    }
    let stored: i64 = ask(&lonely.db, "SELECT count(*) FROM people WHERE id < 4").await;
    assert_eq!(stored, 4);
}

/// Whatever the statement is, and while reads go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_sort_of_write_waits_for_the_standby() {
    type Done = Result<(), Error>;
    let lonely = Lonely::open().await;
    let sorts: [fn(Databases) -> BoxFuture<'static, Done>; 6] = [
        |dbs| Box::pin(async move { Person::insert(person(1)).one(&dbs).await.map(drop) }),
        |dbs| {
            Box::pin(async move {
                Person::find(1001).update().set(Person::NAME, "changed").execute(&dbs).await.map(drop)
            })
        },
        |dbs| Box::pin(async move { Person::find(1002).delete().execute(&dbs).await.map(drop) }),
        |dbs| {
            Box::pin(async move {
                let insert = People::sql("INSERT INTO people VALUES ($1, 'by SQL')");
                insert.bind(2_i64).execute(&dbs).await.map(drop)
            })
        },
        |dbs| {
            Box::pin(async move { Person::insert_many([person(3), person(4)]).execute(&dbs).await.map(drop) })
        },
        |dbs| Box::pin(async move { dbs.people.transaction(async |tx| store_on(tx, 5).await).await }),
    ];
    let writes: Vec<_> = sorts.into_iter().map(|write| spawn(&lonely.dbs, write)).collect();
    let reads = async {
        for _ in 0..50 {
            assert_eq!(soon(Person::find(1050).one(&lonely.dbs)).await.unwrap().id, 1050);
        }
    };
    tokio::join!(lonely.none_is_acknowledged(6, &writes), reads);
    lonely.release();
    for write in writes {
        soon(write).await.unwrap().unwrap();
    }
    let stored: i64 = ask(&lonely.db, "SELECT count(*) FROM people WHERE id < 6").await;
    assert_eq!(stored, 5);
}

async fn store_on(executor: impl Writer<People>, id: i64) -> Result<(), Error> {
    Person::insert(person(id)).execute(executor).await.map(drop)
}

/// One caller goes away: whatever is done to stop its statement must not end the wait of another's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_goes_away_acknowledges_nothing() {
    let lonely = Lonely::open().await;
    let mut writes: Vec<_> = (0..8)
        .map(|id| spawn(&lonely.dbs, move |dbs| Box::pin(async move { store(&dbs, id).await })))
        .collect();
    lonely.none_is_acknowledged(8, &writes).await;
    for write in writes.drain(..4) {
        write.abort();
        assert!(write.await.is_err_and(|error| error.is_cancelled()));
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!writes.iter().any(JoinHandle::is_finished));
    lonely.release();
    for write in writes {
        soon(write).await.unwrap().unwrap();
    }
    let stored: Vec<i64> =
        ask(&lonely.db, "SELECT array_agg(id ORDER BY id) FROM people WHERE id BETWEEN 4 AND 7").await;
    assert_eq!(stored, [4, 5, 6, 7]);
}

/// What a standby that lags has not applied is not acknowledged, where the server is told to wait for that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_that_lags_has_what_was_acknowledged() {
    let primary =
        ScratchServer::start_with(&["synchronous_commit = local", "synchronous_standby_names = '*'"]);
    let db = people_on(&primary.server()).await;
    let standby = primary.standby(&["recovery_min_apply_delay = 200ms"]);
    let replica = standby.server().database(db.name()).connect().await;
    eventually("the standby follows", async || {
        ask::<i64>(&db, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'").await == 1
    })
    .await;
    db.batch(&format!("ALTER DATABASE {} SET synchronous_commit = remote_apply", db.name())).await;
    let dbs = databases(db.url(), |connection| connection.max_size(10));
    let mut early = Vec::new();
    for round in 0..4 {
        let writes = (0..8).map(|n| {
            let (dbs, replica) = (&dbs, &replica);
            async move {
                let id = round * 8 + n;
                store(dbs, id).await.unwrap();
                let there = replica.query_opt("SELECT 1 FROM people WHERE id = $1", &[&id]).await.unwrap();
                there.is_none().then_some(id)
            }
        });
        early.extend(soon(join_all(writes)).await.into_iter().flatten());
    }
    assert!(early.is_empty(), "acknowledged before the standby had them: {early:?}");
}

/// An administrator cancels what waits: the server commits it, and warns that no standby has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_longer_waits_for_the_standby_is_not_acknowledged() {
    for warns in [true, false] {
        is_not_acknowledged_after_a_cancel(warns).await;
    }
}

async fn is_not_acknowledged_after_a_cancel(warns: bool) {
    let mut lonely = Lonely::open().await;
    if !warns {
        // As programs have it that want no notices.
        let silent = format!("ALTER DATABASE {} SET client_min_messages = error", lonely.db.name());
        lonely.db.batch(&format!("SET synchronous_commit = local; {silent}")).await;
        lonely.dbs = databases(lonely.db.url(), |connection| connection.max_size(10));
        Person::query().count(&lonely.dbs).await.unwrap();
    }
    let writes: Vec<JoinHandle<Result<(), Error>>> = vec![
        spawn(&lonely.dbs, |dbs| Box::pin(async move { store(&dbs, 1).await })),
        spawn(&lonely.dbs, |dbs| {
            Box::pin(async move {
                dbs.people.transaction(async |tx| Person::insert(person(2)).execute(tx).await).await.map(drop)
            })
        }),
        spawn(&lonely.dbs, |dbs| {
            Box::pin(
                async move { Person::insert_many((2_000..5_000).map(person)).execute(&dbs).await.map(drop) },
            )
        }),
        spawn(&lonely.dbs, |dbs| {
            Box::pin(async move {
                let own = dbs.people.connection().await?;
                own.batch("SET work_mem = '1MB'").await?;
                Person::insert(person(3)).execute(&own).await.map(drop)
            })
        }),
    ];
    lonely.none_is_acknowledged(4, &writes).await;
    lonely.db.batch("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'").await;
    for write in writes {
        let error = soon(write).await.unwrap().unwrap_err();
        assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error}");
    }
    lonely.release();
    // A warning is of the statement that it came with, and of no later one.
    for id in 10..20 {
        store(&lonely.dbs, id).await.unwrap();
    }
}
