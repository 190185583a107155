//! pgpool-II between the pool and its server. It never answers a `COPY` of the extended protocol.
//!
//! It runs in its usual mode, `streaming_replication`. In its mode `raw`, version 4.3 begins a transaction of its own when
//! a write is prepared, and never commits it.

use std::time::Duration;

use futures_util::future::join_all;
use ormgen_runtime::{
    Error,
    config::{ConnectionConfig, Pooler},
    prelude::*,
};
use ormgen_tests::{
    generated::shop::{Databases, crm::Customer},
    pgpool::Pgpool,
};

use super::poolers::{copies_and_streams, probe};
use crate::support::{Shop, customers, soon};

const TIMEOUT: Duration = Duration::from_secs(20);

fn through(pgpool: &Pgpool, pooler: Option<Pooler>) -> Databases {
    let connection = |alias| {
        let connection = ConnectionConfig::new(alias, pgpool.url()).max_size(6).pooler(pooler);
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
