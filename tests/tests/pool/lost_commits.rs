//! A connection that is lost under a COMMIT, where the server's word on the transaction's number is not enough.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use ormgen_runtime::{Error, Isolation, Retries, TransactionOptions, prelude::*};
use ormgen_tests::{
    generated::visits::{
        Databases,
        log::{NewVisit, Visit},
        people::Person,
    },
    people::{databases, people_of, people_on, person, store},
    proxy::Proxy,
    server::{ScratchServer, TestDb, server, with_heir},
};

use crate::support::{ask, eventually, soon};

/// A deferred trigger that makes a COMMIT take so many seconds.
fn slow_commit(of: &str, seconds: u8) -> String {
    format!(
        "CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END';
         CREATE CONSTRAINT TRIGGER nap AFTER {of} ON people DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION nap()"
    )
}

const NAPS: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event = 'PgSleep')";

/// Does something once the server of this database is in the middle of the COMMIT.
async fn while_it_commits<T>(db: &TestDb, work: impl Future<Output = T>, then: impl AsyncFnOnce()) -> T {
    let disturb = async {
        eventually("it commits", async || ask::<bool>(db, NAPS).await).await;
        // Until then the answer to the question for the transaction's number has arrived, on a busy machine too.
        tokio::time::sleep(Duration::from_millis(200)).await;
        then().await;
    };
    soon(async { tokio::join!(work, disturb).0 }).await
}

/// A table of the foreign server `remote`: its people.
const THERE: &str = "CREATE FOREIGN TABLE there (id bigint NOT NULL, name text NOT NULL)
     SERVER remote OPTIONS (table_name 'people')";

async fn stored(db: &TestDb) -> i64 {
    ask(db, "SELECT count(*) FROM people").await
}

/// The first transaction of a session learns whether the server can be asked.
async fn warm(dbs: &Databases) {
    dbs.people.transaction(async |_| Ok(())).await.unwrap();
}

/// A person and a visit, whose reference to the person is cached; updates of people take two seconds to commit.
async fn visited() -> (TestDb, Proxy, Databases) {
    let db = people_on(&server(1)).await;
    db.batch(include_str!("../../../schemas/visits/log.sql")).await;
    db.batch(&slow_commit("UPDATE", 2)).await;
    let proxy = Proxy::before(db.url()).await;
    let dbs = databases(proxy.url(), |connection| connection);
    warm(&dbs).await;
    store(&dbs, 1).await.unwrap();
    Visit::insert(NewVisit { person_id: Some(1), badge: "a".into() }).execute(&dbs).await.unwrap();
    (db, proxy, dbs)
}

/// The visitor's name, by way of the cache.
async fn seen(dbs: &Databases) -> String {
    let (_, person): (Visit, Option<Person>) = Visit::query().with(Visit::PERSON).one(dbs).await.unwrap();
    person.unwrap().name
}

/// Ends the connections of what is under way, and loads the row as it was before.
async fn cut_and_look(proxy: &Proxy, dbs: &Databases) {
    proxy.cut();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(seen(dbs).await, "p1");
}

/// A transaction that writes to foreign tables alone has no number, and is not one that did nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_on_a_foreign_table_is_not_run_again() {
    let remote = people_on(&server(2)).await;
    remote.batch(&slow_commit("INSERT", 1)).await;
    let db = people_of(&remote, &server(1)).await;
    let proxy = Proxy::before(db.url()).await;
    let dbs = databases(proxy.url(), |connection| connection);
    warm(&dbs).await;
    let attempts = AtomicUsize::new(0);
    let work = dbs.people.retry(TransactionOptions::new(), Retries::new(3), async |tx| {
        let id = attempts.fetch_add(1, Ordering::Relaxed).try_into().unwrap();
        Person::insert(person(id)).execute(tx).await
    });
    let error = while_it_commits(&remote, work, async || proxy.cut()).await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error}");
    eventually("it is stored", async || stored(&remote).await > 0).await;
    assert_eq!((attempts.into_inner(), stored(&remote).await), (1, 1));
}

/// Another host of the URL that is no standby: it has a transaction of the same number on a timeline of the same number.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_other_data_is_not_believed() {
    let (one, other) = (ScratchServer::start(), ScratchServer::start_apart());
    let db = people_on(&one.server()).await;
    db.batch(&slow_commit("INSERT", 5)).await;
    let twin = other.server().database(db.name());
    other.server().database("postgres").batch(&format!("CREATE DATABASE {}", db.name())).await;
    for _ in 0..60 {
        twin.batch("SELECT pg_current_xact_id()").await;
    }
    let url = with_heir(db.url(), &other.server());
    let dbs = databases(&url, |connection| connection);
    warm(&dbs).await;
    let work = dbs.people.transaction(async |tx| Person::insert(person(1)).execute(tx).await);
    let error = while_it_commits(&db, work, async || one.stop_immediate()).await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error}");
    one.restart();
    assert_eq!(stored(&db).await, 0);
}

/// The server says that it is committed, and no standby has it: a failover would lose it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_no_standby_has_is_not_acknowledged() {
    let server = ScratchServer::start();
    let db = people_on(&server.server()).await;
    let dbs = databases(db.url(), |connection| connection.acquire_timeout(Duration::from_secs(10)));
    warm(&dbs).await;
    const NAMES: &str = "SELECT current_setting('synchronous_standby_names')";
    for (id, comes_back) in [(1, true), (2, false)] {
        server.set(&["synchronous_standby_names = 'nobody'"]);
        eventually("it waits for standbys", async || ask::<String>(&db, NAMES).await == "nobody").await;
        let work = dbs.people.transaction(async |tx| Person::insert(person(id)).execute(tx).await);
        const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event = 'SyncRep'";
        const END: &str = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event = 'SyncRep'";
        let disturb = async {
            eventually("it waits", async || ask::<i64>(&db, WAITING).await == 1).await;
            db.batch(END).await;
            eventually("another waits in its place", async || ask::<i64>(&db, WAITING).await == 1).await;
            if comes_back {
                server.set(&["synchronous_standby_names = ''"]);
            }
        };
        let done = soon(async { tokio::join!(work, disturb).0 }).await;
        match done {
            Ok(_) => assert!(comes_back, "it is acknowledged"),
            Err(error) => assert!(!comes_back && matches!(error, Error::OutcomeUnknown { .. }), "{error}"),
        }
    }
}

/// A row that was loaded while the server was still at the COMMIT is not kept beyond it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_found_to_be_stored_outdates_caches() {
    let (db, proxy, dbs) = visited().await;
    let work = dbs
        .people
        .transaction(async |tx| Person::find(1).update().set(Person::NAME, "Amy").execute(tx).await);
    let done = while_it_commits(&db, work, async || cut_and_look(&proxy, &dbs).await);
    done.await.unwrap();
    assert_eq!(seen(&dbs).await, "Amy");
}

/// A crash loses the number with the transaction, and the server gives it to another one, which is committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_was_given_again_is_not_believed() {
    // What a crash loses is what the server has not written to its log yet.
    let server = ScratchServer::start_with(&["wal_writer_delay = 10s"]);
    let db = people_on(&server.server()).await;
    db.batch(&slow_commit("INSERT", 20)).await;
    let proxy = Proxy::before(db.url()).await;
    let dbs = databases(proxy.url(), |connection| connection.acquire_timeout(Duration::from_secs(20)));
    warm(&dbs).await;
    let work = dbs.people.transaction(async |tx| Person::insert(person(1)).execute(tx).await);
    let done = while_it_commits(&db, work, async || {
        // The pool comes back later than others.
        proxy.stall();
        server.stop_immediate();
        server.restart();
        for _ in 0..60 {
            db.batch("SELECT pg_current_xact_id()").await;
        }
        proxy.cut();
        proxy.resume();
    });
    let error = done.await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { .. } | Error::NotCommitted { .. }), "{error}");
    assert_eq!(stored(&db).await, 0);
}

/// The other server commits first: what this one aborts then may be stored there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_on_two_servers_is_not_run_again() {
    let remote = people_on(&server(2)).await;
    remote.batch(&slow_commit("INSERT", 1)).await;
    let db = people_on(&server(1)).await;
    db.batch(&(remote.as_foreign_server("remote") + THERE)).await;
    let dbs = databases(db.url(), |connection| connection);
    warm(&dbs).await;
    let attempts = AtomicUsize::new(0);
    let work = dbs.people.retry(TransactionOptions::new(), Retries::new(3), async |tx| {
        let id = attempts.fetch_add(1, Ordering::Relaxed).try_into().unwrap();
        tx.batch(&format!("INSERT INTO there VALUES ({id}, '')")).await?;
        Person::insert(person(id)).execute(tx).await
    });
    const END: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND query = 'COMMIT'";
    let done = while_it_commits(&remote, work, async || db.batch(END).await);
    let error = done.await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error}");
    eventually("it is stored there", async || stored(&remote).await > 0).await;
    assert_eq!((attempts.into_inner(), stored(&remote).await), (1, 1));
}

/// The server looks for conflicts between transactions only after the other server has committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_at_the_commit_beside_a_foreign_table_is_not_run_again() {
    let remote = people_on(&server(2)).await;
    let db = people_on(&server(1)).await;
    db.batch(&(remote.as_foreign_server("remote") + THERE)).await;
    let dbs = databases(db.url(), |connection| connection);
    let other = db.connect().await;
    const CONFLICT: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM people;
         INSERT INTO people VALUES (50, ''); COMMIT";
    let attempts = AtomicUsize::new(0);
    let serializable = TransactionOptions::new().isolation(Isolation::Serializable);
    let work = dbs.people.retry(serializable, Retries::new(3), async |tx| {
        let id = attempts.fetch_add(1, Ordering::Relaxed).try_into().unwrap();
        Person::query().count(tx).await?;
        Person::insert(person(id)).execute(tx).await?;
        tx.batch(&format!("INSERT INTO there VALUES ({id}, '')")).await?;
        if id == 0 {
            other.batch_execute(CONFLICT).await.unwrap();
        }
        Ok(())
    });
    let error = soon(work).await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error}");
    assert_eq!((attempts.into_inner(), stored(&remote).await), (1, 1));
}

/// The same of a write without a transaction, of which its caller is told that it may be stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_write_that_is_stored_later_outdates_caches() {
    let (db, proxy, dbs) = visited().await;
    assert_eq!(seen(&dbs).await, "p1");
    let work = Person::find(1).update().set(Person::NAME, "Amy").execute(&dbs);
    let done = while_it_commits(&db, work, async || cut_and_look(&proxy, &dbs).await);
    let error = done.await.unwrap_err();
    assert!(matches!(error, Error::ConnectionLost { may_have_taken_effect: true, .. }), "{error}");
    eventually("it is stored", async || ask::<String>(&db, "SELECT name FROM people").await == "Amy").await;
    eventually("it is seen", async || seen(&dbs).await == "Amy").await;
}
