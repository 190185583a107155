//! A connection that breaks during a commit: the program learns whether the transaction is stored.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use ormgen_runtime::{Error, Pool, Retries, TransactionOptions, config::ConnectionConfig, prelude::*};
use ormgen_tests::{
    generated::shop::crm::{Crm, Customer},
    proxy::Proxy,
    server::{TestDb, server},
};

use crate::support::{ask, crm_on, customer, eventually, soon};

/// A commit of a customer takes two seconds: a deferred trigger waits.
const SLOW_COMMIT: &str = "
    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(2); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON customers DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION wait()";

/// One connection at most: it has to make room for the one that asks.
async fn slow() -> (TestDb, Proxy, Pool<Crm>) {
    let db = crm_on(&server(1)).await;
    db.batch(SLOW_COMMIT).await;
    let proxy = Proxy::before(db.url()).await;
    let config =
        ConnectionConfig::new("crm", proxy.url()).max_size(1).acquire_timeout(Duration::from_secs(8));
    let pool = Pool::new(&config).expect("a pool");
    // The first transaction learns whether the server can be asked.
    let tx = pool.begin().await.expect("a transaction");
    tx.commit().await.expect("a commit of nothing");
    (db, proxy, pool)
}

async fn commit(pool: &Pool<Crm>) -> ormgen_runtime::Result<()> {
    pool.transaction(async |tx| Customer::insert(customer("Ada")).execute(tx).await).await.map(drop)
}

async fn stored(db: &TestDb) -> i64 {
    let row = db.connect().await.query_one("SELECT count(*) FROM customers", &[]).await;
    row.expect("a count").get(0)
}

/// Ends the connections of the pool that are at a COMMIT, as an administrator would.
async fn terminate(db: &TestDb) {
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE '%COMMIT%' AND wait_event = 'PgSleep'";
    assert_eq!(db.connect().await.query(sql, &[]).await.expect("it ends").len(), 1);
}

/// Does something once the server is in the middle of the COMMIT.
async fn while_it_commits<T>(db: &TestDb, work: impl Future<Output = T>, then: impl AsyncFnOnce()) -> T {
    const AT_COMMIT: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE '%COMMIT%' AND wait_event = 'PgSleep')";
    let disturb = async {
        eventually("it commits", async || ask::<bool>(db, AT_COMMIT).await).await;
        then().await;
    };
    soon(async { tokio::join!(work, disturb).0 }).await
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_found_to_be_stored() {
    let (db, proxy, pool) = slow().await;
    let (told, hook) = std::sync::mpsc::channel();
    let work = pool.transaction(async |tx| {
        tx.after_commit(move || told.send(()).expect("the test waits"));
        Customer::insert(customer("Ada")).execute(tx).await
    });
    let done = while_it_commits(&db, work, async || proxy.cut()).await;
    done.expect("the server says that it is committed");
    assert_eq!(stored(&db).await, 1);
    hook.try_recv().expect("what was to be done after the commit is done");
}

#[tokio::test]
async fn a_commit_that_the_server_broke_off_is_known_to_have_done_nothing() {
    let (db, _proxy, pool) = slow().await;
    let error = while_it_commits(&db, commit(&pool), async || terminate(&db).await).await.unwrap_err();
    assert!(matches!(error, Error::NotCommitted { .. }) && error.is_retryable(), "{error}");
    assert_eq!(stored(&db).await, 0);

    // So it may be run again.
    let retried = pool.retry(TransactionOptions::new(), Retries::new(3), async |tx| {
        Customer::insert(customer("Ada")).execute(tx).await
    });
    while_it_commits(&db, retried, async || terminate(&db).await).await.expect("the second time");
    assert_eq!(stored(&db).await, 1);
}

/// What ends the connection at the commit also ends those that the pool would ask on.
#[tokio::test]
async fn the_connections_that_are_asked_may_end_too() {
    let (db, proxy, _) = slow().await;
    let pool = Pool::new(&ConnectionConfig::new("crm", proxy.url()).max_size(6)).expect("a pool");
    for round in 0..4 {
        let idle = [(); 5].map(|()| pool.begin());
        let idle = futures_util::future::try_join_all(idle).await.expect("transactions");
        futures_util::future::try_join_all(idle.into_iter().map(|tx| tx.commit())).await.expect("commits");
        let end_all = async || {
            db.batch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .await;
        };
        let error = while_it_commits(&db, commit(&pool), end_all).await.unwrap_err();
        assert!(matches!(error, Error::NotCommitted { .. }), "{round}: {error}");
    }
    assert_eq!(stored(&db).await, 0);
}

#[tokio::test]
async fn a_transaction_whose_connection_broke_before_the_commit_is_run_again() {
    let db = crm_on(&server(1)).await;
    let pool = Pool::new(&ConnectionConfig::new("crm", db.url()).max_size(2)).expect("a pool");
    let attempts = AtomicUsize::new(0);
    let stored_once = pool.retry(TransactionOptions::new(), Retries::new(3), async |tx| {
        Customer::insert(customer("Ada")).execute(tx).await?;
        if attempts.fetch_add(1, Ordering::Relaxed) == 0 {
            let own = Crm::sql::<i32>("SELECT pg_backend_pid()").one(tx).await?;
            db.batch(&format!("SELECT pg_terminate_backend({own})")).await;
            let is_gone = format!("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {own})");
            eventually("it has ended", async || ask::<bool>(&db, &is_gone).await).await;
        }
        Customer::query().count(tx).await
    });
    assert_eq!(soon(stored_once).await.expect("the second time"), 1);
    assert_eq!((attempts.into_inner(), stored(&db).await), (2, 1));
}

#[tokio::test]
async fn where_nobody_answers_the_outcome_is_unknown() {
    let (db, proxy, pool) = slow().await;
    let began = Instant::now();
    let lost = async || {
        proxy.stall();
        proxy.cut();
    };
    let error = while_it_commits(&db, commit(&pool), lost).await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { .. }) && !error.is_retryable(), "{error}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(stored(&db).await, 1, "it was stored, as nobody could know");
}

#[tokio::test]
async fn a_transaction_that_wrote_nothing_may_be_run_again() {
    let (db, proxy, pool) = slow().await;
    let tx = pool.begin().await.expect("a transaction");
    Customer::query().count(&tx).await.expect("a count");
    // COMMIT is sent, and no answer comes.
    proxy.round_trip(Duration::from_secs(1));
    let cut = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        proxy.cut();
    };
    let error = soon(async { tokio::join!(tx.commit(), cut).0 }).await.unwrap_err();
    let is_known = matches!(error, Error::NotCommitted { .. } | Error::OutcomeUnknown { .. });
    assert!(is_known, "{error}");
    assert_eq!(stored(&db).await, 0);
}

/// The query for a transaction's number is prepared: SQL of the caller's own may deallocate it.
#[tokio::test]
async fn a_transaction_that_deallocates_statements_is_stored() {
    let db = crm_on(&server(1)).await;
    let pool = Pool::<Crm>::new(&ConnectionConfig::new("crm", db.url()).max_size(1)).expect("a pool");
    for n in 1..=4 {
        let tx = pool.begin().await.expect("a transaction");
        Customer::insert(customer(&format!("Ada {n}"))).execute(&tx).await.expect("an insert");
        Crm::sql("DEALLOCATE ALL").execute(&tx).await.expect("they are deallocated");
        soon(tx.commit()).await.expect("a commit");
        assert_eq!(stored(&db).await, n);
    }
}
