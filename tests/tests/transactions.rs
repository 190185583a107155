//! Options, savepoints, retries and hooks of transactions.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use ormgen_runtime::{
    Error, Isolation, Pool, Retries, TransactionOptions, config::ConnectionConfig, prelude::*,
};
use ormgen_tests::{
    generated::shop::crm::{Crm, Customer, NewCustomer},
    server::{TestDb, server},
};

async fn crm() -> (TestDb, Pool<Crm>) {
    let database = server(1).create_database("transactions").await;
    database.batch(include_str!("../../schemas/shop/crm.sql")).await;
    let pool = Pool::new(&ConnectionConfig::new("crm", database.url())).expect("the URL is good");
    (database, pool)
}

fn customer(name: &str) -> NewCustomer {
    let email = format!("{name}@example.org");
    NewCustomer { email, name: name.to_owned(), referrer_id: None, born_on: None }
}

async fn names(pool: &Pool<Crm>) -> Vec<String> {
    Customer::query().select(Customer::NAME).order_by(Customer::NAME.asc()).all(pool).await.expect("names")
}

#[tokio::test]
async fn a_savepoint_undoes_its_own_work_alone() {
    let (_database, pool) = crm().await;
    pool.transaction(async |tx| {
        Customer::insert(customer("a")).execute(tx).await?;
        let failed: Result<u64, Error> = tx
            .savepoint(async |inner| {
                Customer::insert(customer("b")).execute(inner).await?;
                Customer::insert(customer("a")).execute(inner).await
            })
            .await;
        assert!(matches!(failed, Err(Error::UniqueViolation(_))), "{failed:?}");
        tx.savepoint(async |inner| {
            Customer::insert(customer("c")).execute(inner).await?;
            let undone: Result<(), Error> = inner
                .savepoint(async |innermost| {
                    Customer::insert(customer("d")).execute(innermost).await?;
                    Err(Error::PoolClosed { connection: "made up".into() })
                })
                .await;
            assert!(undone.is_err());
            Ok::<_, Error>(())
        })
        .await
    })
    .await
    .expect("the transaction goes on");
    assert_eq!(names(&pool).await, ["a", "c"]);
}

#[tokio::test]
async fn a_savepoint_that_is_dropped_is_undone() {
    let (_database, pool) = crm().await;
    pool.transaction(async |tx| {
        Customer::insert(customer("a")).execute(tx).await?;
        let work = tx.savepoint(async |inner| {
            Customer::insert(customer("b")).execute(inner).await?;
            std::future::pending::<Result<(), Error>>().await
        });
        let cut_off = tokio::time::timeout(std::time::Duration::from_millis(300), work).await;
        assert!(cut_off.is_err(), "it never ends by itself");
        Customer::insert(customer("c")).execute(tx).await
    })
    .await
    .expect("the transaction goes on");
    assert_eq!(names(&pool).await, ["a", "c"]);
}

#[tokio::test]
async fn the_server_holds_the_options() {
    let (_database, pool) = crm().await;
    let options = TransactionOptions::new().isolation(Isolation::RepeatableRead).read_only();
    let tx = pool.begin_with(options).await.expect("it begins");
    assert_eq!(Customer::query().count(&tx).await.expect("a read"), 0);
    Customer::insert(customer("late")).execute(&pool).await.expect("another session writes");
    assert_eq!(Customer::query().count(&tx).await.expect("a read"), 0, "repeatable");
    let refused = Customer::insert(customer("x")).execute(&tx).await.expect_err("it is read only");
    assert!(refused.to_string().contains("read-only"), "{refused}");
    drop(tx);
    assert_eq!(names(&pool).await, ["late"]);
}

#[tokio::test]
async fn what_met_another_transaction_is_run_again() {
    let (_database, pool) = crm().await;
    Customer::insert(customer("a")).execute(&pool).await.expect("a row");
    let attempts = AtomicU32::new(0);
    let options = TransactionOptions::new().isolation(Isolation::Serializable);
    let visits = pool
        .retry(options, Retries::new(3), async |tx| {
            let row = Customer::query().one(tx).await?;
            if attempts.fetch_add(1, Ordering::SeqCst) == 0 {
                // Another one gets in between, once.
                Customer::query().update().set(Customer::VISITS, 10).execute(&pool).await?;
            }
            Customer::query().update().set(Customer::VISITS, row.visits + 1).execute(tx).await?;
            Ok(row.visits + 1)
        })
        .await
        .expect("the second attempt succeeds");
    assert_eq!((visits, attempts.load(Ordering::SeqCst)), (11, 2));

    let always: Result<(), Error> = pool
        .retry(options, Retries::new(2), async |tx| {
            let row = Customer::query().one(tx).await?;
            attempts.fetch_add(1, Ordering::SeqCst);
            Customer::query().update().set(Customer::VISITS, Customer::VISITS + 1).execute(&pool).await?;
            Customer::find(row.id).update().set(Customer::VISITS, 0).execute(tx).await.map(drop)
        })
        .await;
    assert!(matches!(always, Err(Error::Serialization { .. })), "{always:?}");
    assert_eq!(attempts.load(Ordering::SeqCst), 2 + 3, "once and two retries");
}

#[tokio::test]
async fn hooks_run_after_the_commit_and_only_then() {
    let (_database, pool) = crm().await;
    let calls = Arc::new(AtomicU32::new(0));
    let hook = |calls: &Arc<AtomicU32>| {
        let calls = Arc::clone(calls);
        move || {
            calls.fetch_add(1, Ordering::SeqCst);
        }
    };
    let tx = pool.begin().await.expect("it begins");
    tx.after_commit(hook(&calls));
    tx.rollback().await.expect("it rolls back");
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    let tx = pool.begin().await.expect("it begins");
    tx.after_commit(hook(&calls));
    tx.after_commit(hook(&calls));
    tx.commit().await.expect("it commits");
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}
