//! Transactions: all or nothing, on one database.

use std::{fmt, time::Duration};

use futures_util::FutureExt;
use ormgen_runtime::{Error, prelude::*};
use ormgen_tests::generated::shop::{
    crm::{Crm, Customer},
    orders::{NewOrder, NewTag, Order, Tag},
};

use crate::support::{Shop, customer, names, soon};

/// An error of the program's own.
#[derive(Debug)]
enum Failure {
    Database(Error),
    Refused(&'static str),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

async fn insert(executor: impl Writer<Crm>, name: &str) -> Result<Customer, Error> {
    Customer::insert(customer(name)).one(executor).await
}

/// One connection: whatever a transaction leaves behind, the next query meets.
async fn shop() -> Shop {
    Shop::open_with(|connection| connection.max_size(1).acquire_timeout(Duration::from_secs(10))).await
}

#[tokio::test]
async fn commits_what_was_done() {
    let shop = shop().await;
    let done = shop.dbs.crm.transaction(async |tx| {
        let ada = insert(tx, "Ada").await?;
        let bob = insert(tx, "Bob").await?;
        Customer::find(bob.id).update().set(Customer::REFERRER_ID, ada.id).execute(tx).await?;
        Ok::<_, Error>(ada.id + bob.id)
    });
    assert_eq!(done.await.unwrap(), 3);
    assert_eq!(names(&shop.dbs).await, ["Ada", "Bob"]);

    let tx = shop.dbs.crm.begin().await.unwrap();
    insert(&tx, "Eve").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(names(&shop.dbs).await, ["Ada", "Bob", "Eve"]);
}

#[tokio::test]
async fn rolls_back_on_an_error_of_the_callers_own() {
    let shop = shop().await;
    let refused = shop.dbs.crm.try_transaction(async |tx| {
        insert(tx, "Ada").await?;
        Err::<(), _>(Failure::Refused("no"))
    });
    assert!(matches!(refused.await, Err(Failure::Refused("no"))));
    let refused = shop.dbs.crm.try_transaction(async |tx| {
        insert(tx, "Ada").await?;
        insert(tx, "Ada").await?;
        Ok::<_, Failure>(())
    });
    let error = refused.await.unwrap_err();
    assert!(matches!(&error, Failure::Database(Error::UniqueViolation(_))), "{error}");
    assert!(names(&shop.dbs).await.is_empty());
}

/// A write on the transaction itself, not on a reference, would be undone as soon as it is done.
#[tokio::test]
async fn a_write_does_not_take_the_transaction_away() {
    let shop = shop().await;
    let begin = async || shop.dbs.crm.begin().await.unwrap();
    let of_insert = Customer::insert(customer("Ada")).one(begin().await).await.unwrap_err();
    let of_sql = Crm::sql("DELETE FROM customers").execute(begin().await).await.unwrap_err();
    let existing = Customer::insert(customer("Ada")).on_conflict(Customer::EMAIL);
    let of_upsert = existing.get_or_insert(begin().await).await.map(drop).unwrap_err();
    let returned =
        Crm::sql::<i64>("INSERT INTO customers (email, name) VALUES ('a', 'b') RETURNING id").returning();
    let of_returned = returned.one(begin().await).await.unwrap_err();
    let (deleted, (id,)) = Customer::query().delete().returning((Customer::ID,)).into_cte();
    let of_cte = deleted.select((id,)).all(begin().await).await.unwrap_err();
    for error in [of_insert, of_sql, of_upsert, of_returned, of_cte] {
        assert!(matches!(error, Error::InvalidQuery { .. }), "{error}");
        assert!(error.to_string().contains("pass a reference, `&tx`"), "{error}");
    }
    // A read may.
    assert_eq!(Customer::query().count(begin().await).await.unwrap(), 0);
}

#[tokio::test]
async fn rolls_back_when_it_is_dropped() {
    let shop = shop().await;
    let tx = shop.dbs.crm.begin().await.unwrap();
    insert(&tx, "Ada").await.unwrap();
    drop(tx);
    assert!(soon(names(&shop.dbs)).await.is_empty());

    let tx = shop.dbs.crm.begin().await.unwrap();
    insert(&tx, "Ada").await.unwrap();
    tx.rollback().await.unwrap();
    assert!(names(&shop.dbs).await.is_empty());

    // A task that panics drops it, too.
    let dbs = shop.dbs.clone();
    let panicked = tokio::spawn(async move {
        let tx = dbs.crm.begin().await.unwrap();
        insert(&tx, "Ada").await.unwrap();
        panic!("on purpose");
    });
    assert!(panicked.await.is_err());
    assert!(soon(names(&shop.dbs)).await.is_empty());
}

/// The caller waits for a lock no longer: the statement under way is not left to itself.
#[tokio::test]
async fn rolls_back_when_its_future_is_dropped_half_way() {
    let shop = shop().await;
    insert(&shop.dbs, "Ada").await.unwrap();
    let locker = shop.crm.connect().await;
    locker.batch_execute("BEGIN; SELECT FROM customers FOR UPDATE").await.unwrap();

    let work = shop.dbs.crm.transaction(async |tx| {
        insert(tx, "Bob").await?;
        Customer::query().update().set(Customer::NAME, "changed").execute(tx).await
    });
    assert!(tokio::time::timeout(Duration::from_millis(300), work).await.is_err(), "the lock is held");
    // The lock is still held: whoever comes next does not wait for a statement that nobody waits for.
    assert_eq!(soon(names(&shop.dbs)).await, ["Ada"]);
    locker.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(names(&shop.dbs).await, ["Ada"]);

    // A commit that nobody waits for leaves the connection usable, whatever became of it.
    let tx = shop.dbs.crm.begin().await.unwrap();
    drop(tx.commit());
    let begin = shop.dbs.crm.begin();
    drop(begin);
    assert_eq!(soon(names(&shop.dbs)).await, ["Ada"]);
}

/// PostgreSQL answers COMMIT of a failed transaction with a mere "ROLLBACK", and no error.
#[tokio::test]
async fn a_commit_after_a_failed_statement_is_an_error() {
    let shop = shop().await;
    let tx = shop.dbs.crm.begin().await.unwrap();
    insert(&tx, "Ada").await.unwrap();
    insert(&tx, "Ada").await.unwrap_err();
    let error = insert(&tx, "Bob").await.unwrap_err();
    assert!(matches!(error, Error::Aborted { .. }), "{error}");
    let error = tx.commit().await.unwrap_err();
    assert!(matches!(error, Error::Aborted { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "connection `crm`: an earlier statement of the transaction failed, so nothing that the transaction did is stored"
    );
    assert!(names(&shop.dbs).await.is_empty());

    // So it is when the closure passes over the error.
    let done = shop.dbs.crm.transaction(async |tx| {
        insert(tx, "Ada").await?;
        let _ = insert(tx, "Ada").await;
        Ok::<_, Error>(())
    });
    assert!(matches!(done.await, Err(Error::Aborted { .. })));
    assert!(names(&shop.dbs).await.is_empty());

    // And when nobody waited for the statement that failed.
    let tx = shop.dbs.crm.begin().await.unwrap();
    insert(&tx, "Ada").await.unwrap();
    assert!(insert(&tx, "Ada").now_or_never().is_none(), "it is under way");
    assert!(matches!(tx.commit().await, Err(Error::Aborted { .. })));
    insert(&shop.dbs, "Bob").await.unwrap();
    assert_eq!(names(&shop.dbs).await, ["Bob"]);
}

/// What was undone up to a savepoint does not count.
#[tokio::test]
async fn a_savepoint_saves_the_commit() {
    let shop = shop().await;
    let tx = shop.dbs.crm.begin().await.unwrap();
    insert(&tx, "Ada").await.unwrap();
    tx.batch("SAVEPOINT s").await.unwrap();
    insert(&tx, "Ada").await.unwrap_err();
    tx.batch("ROLLBACK TO s").await.unwrap();
    insert(&tx, "Bob").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(names(&shop.dbs).await, ["Ada", "Bob"]);
}

#[tokio::test]
async fn a_deferred_constraint_fails_the_commit() {
    let shop = shop().await;
    shop.crm
        .batch(
            "ALTER TABLE customers ALTER CONSTRAINT customers_referrer_id_fkey DEFERRABLE INITIALLY DEFERRED",
        )
        .await;
    let done = shop.dbs.crm.transaction(async |tx| {
        Customer::insert(customer("Ada")).set(Customer::REFERRER_ID, 99).execute(tx).await
    });
    let error = done.await.unwrap_err();
    assert!(matches!(error, Error::ForeignKeyViolation(_)), "{error}");
    assert!(names(&shop.dbs).await.is_empty());
}

#[tokio::test]
async fn transactions_can_be_spawned() {
    let shop = Shop::open().await;
    let tasks = (0..20).map(|n| {
        let dbs = shop.dbs.clone();
        tokio::spawn(async move {
            let name = format!("c{n}");
            dbs.crm
                .transaction(async |tx| {
                    insert(tx, &name).await?;
                    Customer::query().filter(Customer::NAME.eq(name.as_str())).count(tx).await
                })
                .await
        })
    });
    for task in tasks {
        assert_eq!(soon(task).await.unwrap().unwrap(), 1);
    }
    assert_eq!(Customer::query().count(&shop.dbs).await.unwrap(), 20);
}

/// Every future of a query may move to another thread.
#[tokio::test]
async fn futures_are_send() {
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    is_send(Customer::insert(customer("Ada")).one(dbs)).await.unwrap();
    is_send(Customer::insert_many(vec![customer("Bob")]).execute(dbs)).await.unwrap();
    is_send(Customer::find(1).one(dbs)).await.unwrap();
    is_send(Customer::query().all(dbs)).await.unwrap();
    is_send(Customer::query().with(Customer::REFERRER).with(Customer::ORDERS).all(dbs)).await.unwrap();
    is_send(Customer::query().stream(dbs)).await.map(drop).unwrap();
    is_send(Customer::query().update().set(Customer::VISITS, 1).execute(dbs)).await.unwrap();
    is_send(Customer::query().delete().all(dbs)).await.unwrap();
    is_send(dbs.crm.transaction(async |tx| Customer::query().count(tx).await)).await.unwrap();
    is_send(dbs.crm.begin()).await.unwrap();
    is_send(dbs.close()).await;
}

/// No transaction spans two databases: each keeps its own word.
#[tokio::test]
async fn two_nested_transactions_are_independent() {
    let shop = shop().await;
    let dbs = &shop.dbs;
    let failed: Result<(), Failure> = dbs
        .crm
        .try_transaction(async |crm| {
            let ada = insert(crm, "Ada").await?;
            let placed = dbs.orders.transaction(async |orders| {
                Tag::insert(NewTag { name: "inner".into() }).execute(orders).await?;
                Order::insert(NewOrder { customer_id: ada.id }).one(orders).await
            });
            placed.await?;
            Err(Failure::Refused("after the inner one"))
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(Customer::query().count(dbs).await.unwrap(), 0);
    assert_eq!(Order::query().count(dbs).await.unwrap(), 1);

    let done: Result<_, Failure> = dbs
        .crm
        .try_transaction(async |crm| {
            let inner: Result<(), Failure> = dbs
                .orders
                .try_transaction(async |orders| {
                    Order::query().delete().execute(orders).await?;
                    Err(Failure::Refused("the inner one"))
                })
                .await;
            assert!(inner.is_err());
            Ok(insert(crm, "Ada").await?)
        })
        .await;
    done.unwrap();
    assert_eq!(names(dbs).await, ["Ada"]);
    assert_eq!(Order::query().count(dbs).await.unwrap(), 1);
}

#[tokio::test]
async fn a_connection_left_in_a_transaction_is_rolled_back() {
    let shop = shop().await;
    let connection = shop.dbs.crm.connection().await.unwrap();
    connection.batch("BEGIN").await.unwrap();
    insert(&connection, "Ada").await.unwrap();
    drop(connection);
    insert(&shop.dbs, "Bob").await.unwrap();
    assert_eq!(names(&shop.dbs).await, ["Bob"]);
    assert_eq!(crate::support::ask::<i64>(&shop.crm, "SELECT count(*) FROM customers").await, 1);
}

#[tokio::test]
async fn rows_stay_locked_until_the_end() {
    let shop = Shop::open().await;
    insert(&shop.dbs, "Ada").await.unwrap();
    let tx = shop.dbs.crm.begin().await.unwrap();
    Customer::find(1).for_update().one(&tx).await.unwrap();
    let update = Customer::find(1).update().set(Customer::VISITS, 5);
    let waiting = tokio::spawn({
        let dbs = shop.dbs.clone();
        async move { update.execute(&dbs).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!waiting.is_finished());
    tx.commit().await.unwrap();
    assert_eq!(soon(waiting).await.unwrap().unwrap(), 1);
}
