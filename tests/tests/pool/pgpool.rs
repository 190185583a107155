//! pgpool-II between the pool and its server. It never answers a `COPY` of the extended protocol.
//!
//! It runs in its usual mode, `streaming_replication`. In its mode `raw`, version 4.3 begins a transaction of its own when
//! some write is prepared, and never commits it: then a write outside of a transaction fails.

use std::time::Duration;

use futures_util::{
    FutureExt, TryFutureExt, TryStreamExt,
    future::{LocalBoxFuture, join_all},
};
use ormgen_runtime::{
    Error,
    config::{ConnectionConfig, Pooler},
    prelude::*,
};
use ormgen_tests::{
    generated::shop::{
        Databases,
        crm::{Crm, Customer},
    },
    pgpool::Pgpool,
};

use super::poolers::{copies_and_streams, probe};
use crate::support::{Shop, ask, customer, customers, soon};

const TIMEOUT: Duration = Duration::from_secs(40);

fn through(pgpool: &Pgpool, pooler: Option<Pooler>) -> Databases {
    let connection = |alias| {
        let connection = ConnectionConfig::new(alias, pgpool.url()).max_size(6).pooler(pooler);
        let connection = if pooler.is_none() { connection.tag("application", "shop") } else { connection };
        connection.statement_timeout(TIMEOUT)
    };
    Databases::lazy(["crm", "crm_eu", "orders"].map(connection).into()).unwrap()
}

/// Everything that a program does, whether or not its statements have names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_works_behind_pgpool() {
    let shop = Shop::open().await;
    let pgpool = Pgpool::before(&shop.crm, 8).await;
    for pooler in [None, Some(Pooler::Session), Some(Pooler::Transaction)] {
        let dbs = through(&pgpool, pooler);
        for _ in 0..3 {
            join_all((0..4).map(|_| soon(probe(&dbs)))).await;
            Customer::query().delete().execute(&dbs).await.unwrap();
        }
        soon(copies_and_streams(&dbs)).await;
        Customer::query().delete().execute(&dbs).await.unwrap();
        assert!(soon(dbs.close()).await.is_clean());
    }
}

/// Rows that are refused, or that nobody sends any more, leave nothing behind, and hold up nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_fails_behind_pgpool() {
    let shop = Shop::open().await;
    let pgpool = Pgpool::before(&shop.crm, 8).await;
    for pooler in [None, Some(Pooler::Session), Some(Pooler::Transaction)] {
        let dbs = through(&pgpool, pooler);
        let twice = [customers(3000), customers(3000)].concat();
        for _ in 0..3 {
            let error = soon(Customer::insert_many(twice.clone()).execute(&dbs)).await.unwrap_err();
            assert!(matches!(error, Error::UniqueViolation(_)), "{error}");
            let given_up = Customer::insert_many(customers(50_000)).execute(&dbs);
            let given_up = tokio::time::timeout(Duration::from_millis(20), given_up).await;
            assert!(given_up.is_err(), "{given_up:?}");
            assert_eq!(soon(Customer::query().count(&dbs)).await.unwrap(), 0);
        }
        assert_eq!(soon(Customer::insert_many(customers(3000)).execute(&dbs)).await.unwrap(), 3000);
        assert_eq!(soon(Customer::query().delete().execute(&dbs)).await.unwrap(), 3000);
        assert!(soon(dbs.close()).await.is_clean());
    }
}

/// What is acknowledged is stored, and what is not is told: pgpool does not begin a transaction for each write, and it is
/// the server that says whether one is open.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_pgpool_would_not_commit_is_an_error() {
    let shop = Shop::open().await;
    let pgpool = Pgpool::in_mode("raw", &shop.crm, 8).await;
    let stored = async || ask::<i64>(&shop.crm, "SELECT count(*) FROM customers").await;
    let mut refused = 0;
    for pooler in [None, Some(Pooler::Session), Some(Pooler::Transaction)] {
        let dbs = through(&pgpool, pooler);
        let (before, mut kept) = (refused, 0);
        for round in 0..3 {
            for (rows, written) in writes(&dbs, round) {
                match soon(written).await {
                    Ok(()) => kept += rows,
                    Err(Error::TransactionLeftOpen { .. }) => refused += 1,
                    Err(error) => panic!("{pooler:?}: {error}"),
                }
                assert_eq!(stored().await, kept, "{pooler:?}, round {round}, a write of {rows} rows");
            }
            assert_eq!(soon(Customer::query().count(&dbs)).await.unwrap(), kept);
        }
        println!("{pooler:?}: {} writes refused, {kept} rows acknowledged and stored", refused - before);
        let tx = dbs.crm.begin().await.unwrap();
        Customer::insert(customer("Ada")).one(&tx).await.unwrap();
        Customer::insert_many(customers(3000)).execute(&tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(stored().await, kept + 3001);
        assert!(soon(dbs.close()).await.is_clean());
        shop.crm.batch("DELETE FROM customers").await;
    }
    assert!(refused > 0, "pgpool leaves some transaction open");
}

/// Writes of every sort outside of a transaction, and how many rows each one adds.
fn writes(dbs: &Databases, round: usize) -> Vec<(i64, LocalBoxFuture<'_, Result<(), Error>>)> {
    let raw = move |name: &str| {
        let sql = format!(
            "INSERT INTO customers (name, email) VALUES ('{name}', '{name}{round}@example.org') RETURNING id"
        );
        Crm::sql::<i64>(sql.leak()).returning()
    };
    let many = |name: &str, count| -> Vec<_> {
        (0..count).map(|n| customer(&format!("{name}{round}.{n}"))).collect()
    };
    let block = format!(
        "DO $$ BEGIN INSERT INTO customers (name, email) VALUES ('do', 'do{round}@example.org'); END $$"
    );
    let streamed = async move {
        let rows = raw("stream").stream(&dbs.crm).await?;
        rows.try_collect::<Vec<_>>().await.map(drop)
    };
    vec![
        (1, Customer::insert(customer(&format!("one{round}"))).one(dbs).map_ok(drop).boxed_local()),
        (4, Customer::insert_many(many("few", 4)).execute(dbs).map_ok(drop).boxed_local()),
        (3000, Customer::insert_many(many("many", 3000)).execute(dbs).map_ok(drop).boxed_local()),
        (0, Customer::query().update().set(Customer::VISITS, 1).execute(dbs).map_ok(drop).boxed_local()),
        (1, raw("raw").all(dbs).map_ok(drop).boxed_local()),
        (1, streamed.boxed_local()),
        (1, Crm::sql::<()>(block.leak()).execute(dbs).map_ok(drop).boxed_local()),
    ]
}
