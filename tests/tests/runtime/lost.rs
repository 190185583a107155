//! A server that goes away takes the queries in flight with it, and nothing else.

use std::time::Duration;

use ormgen_runtime::{Error, config::ConnectionConfig, prelude::*};
use ormgen_tests::{
    generated::shop::{Databases, crm::Customer},
    server::{ScratchServer, TestDb},
};

use crate::support::{connections_to, crm_on, customer, eventually, names, soon};

fn databases(db: &TestDb) -> Databases {
    let connection =
        |alias| ConnectionConfig::new(alias, db.url()).max_size(6).acquire_timeout(Duration::from_secs(5));
    Databases::lazy(["crm", "crm_eu", "orders"].map(connection).into()).unwrap()
}

async fn survives(stop: impl FnOnce(&ScratchServer) + Send + 'static) {
    let scratch = ScratchServer::start();
    let db = crm_on(&scratch.server()).await;
    let dbs = databases(&db);
    Customer::insert(customer("Ada")).execute(&dbs).await.unwrap();

    // Queries that wait for a lock, and more of them than there are connections.
    let locker = db.connect().await;
    locker.batch_execute("BEGIN; LOCK TABLE customers").await.unwrap();
    let tx = dbs.crm.begin().await.unwrap();
    let waiting: Vec<_> = (0..10)
        .map(|_| {
            let dbs = dbs.clone();
            tokio::spawn(async move { Customer::query().all(&dbs).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let scratch = tokio::task::spawn_blocking(move || {
        stop(&scratch);
        scratch
    });
    let scratch = scratch.await.unwrap();

    for query in waiting {
        let error = soon(query).await.unwrap().unwrap_err();
        let lost = matches!(error, Error::ConnectionLost { .. } | Error::Connect { .. });
        assert!(lost && error.connection() == Some("crm"), "{error}");
    }
    let error = soon(Customer::query().count(&tx)).await.unwrap_err();
    assert!(matches!(error, Error::ConnectionLost { .. }), "{error}");
    let error = soon(tx.commit()).await.unwrap_err();
    assert!(matches!(error, Error::NotCommitted { .. }), "{error}");
    // While it is down, each query says so.
    let error = soon(Customer::query().count(&dbs)).await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error}");

    let scratch = tokio::task::spawn_blocking(move || {
        scratch.restart();
        scratch
    });
    let scratch = scratch.await.unwrap();
    assert_eq!(soon(names(&dbs)).await, ["Ada"]);
    let queries = (0..10).map(|_| Customer::query().count(&dbs));
    for count in soon(futures_util::future::join_all(queries)).await {
        assert_eq!(count.unwrap(), 1);
    }
    soon(dbs.close()).await;
    drop(scratch);
}

#[tokio::test]
async fn a_server_that_is_shut_down() {
    survives(ScratchServer::stop_fast).await;
}

#[tokio::test]
async fn a_server_that_crashes() {
    survives(ScratchServer::stop_immediate).await;
}

#[tokio::test]
async fn a_connection_that_an_administrator_ends() {
    let shop = crate::support::Shop::open().await;
    Customer::insert(customer("Ada")).execute(&shop.dbs).await.unwrap();
    const END: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()";
    // Each of them takes its time to go, and its driver to read of it.
    let end = async || {
        shop.crm.batch(END).await;
        eventually("all are gone", async || connections_to(&shop.crm).await == 0).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    // While idle: nobody notices.
    end().await;
    assert_eq!(names(&shop.dbs).await, ["Ada"]);
    // In a transaction: it is gone, and the pool goes on.
    let tx = shop.dbs.crm.begin().await.unwrap();
    Customer::query().delete().execute(&tx).await.unwrap();
    end().await;
    let error = soon(Customer::query().count(&tx)).await.unwrap_err();
    assert!(matches!(error, Error::ConnectionLost { .. }), "{error}");
    drop(tx);
    assert_eq!(names(&shop.dbs).await, ["Ada"]);
}
