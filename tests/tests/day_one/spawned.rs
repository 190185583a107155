//! Every asynchronous method may run inside `tokio::spawn`, and so in the handler of a web service: with captures by
//! reference, by move, and on an executor behind a trait object.
//!
//! Most of it need only compile. `spawn` asks that the future is `Send` and borrows from nothing outside.

use std::sync::Arc;

use futures_util::TryStreamExt as _;
use ormgen_runtime::{
    Error, Executor, Isolation, Retries, Savepoint, TransactionOptions, Writer, prelude::*, together,
    try_together,
};
use ormgen_tests::generated::shop::{
    Databases,
    crm::{Crm, Customer},
    orders::{Item, NewOrder, NewTag, Order, Product, Tag},
};
use tokio::task::JoinHandle;

use crate::support::{Shop, customer, customers, order, products};

/// An error of the program's own, as a web service has it.
#[derive(Debug)]
enum AppError {
    Database(Error),
    Refused,
}

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// What a handler is given: a state that it shares with others, and something of the request.
fn request(shop: &Shop) -> (Arc<Databases>, String, Vec<i64>) {
    (Arc::new(shop.dbs.clone()), "Ada".to_owned(), vec![1, 2, 3])
}

async fn done<T>(task: JoinHandle<T>) -> T {
    task.await.unwrap()
}

fn serializable() -> TransactionOptions {
    TransactionOptions::new().isolation(Isolation::Serializable)
}

#[tokio::test]
async fn transactions_with_captures_by_reference() {
    let shop = Shop::open().await;
    let (dbs, name, keys) = request(&shop);
    let task = tokio::spawn(async move {
        let (name, keys) = (&name, &keys);
        let ada = dbs
            .crm
            .transaction(async |tx| {
                let ada = Customer::insert(customer(name)).one(tx).await?;
                let sum: i64 = keys.iter().sum();
                tx.savepoint(async |sp: &Savepoint<'_, Crm>| {
                    sp.savepoint(async |inner: &Savepoint<'_, Crm>| {
                        Customer::find(keys[0]).update().set(Customer::VISITS, 1).execute(inner).await
                    })
                    .await?;
                    Customer::find(ada.id).update().set(Customer::VISITS, sum as i32).execute(sp).await?;
                    Ok(())
                })
                .await?;
                Ok(ada)
            })
            .await?;
        let retried = dbs
            .crm
            .retry(serializable(), Retries::new(3), async |tx| {
                let found = Customer::find(ada.id).for_update().one(tx).await?;
                Ok((found.visits, name.len(), keys.len()))
            })
            .await?;
        let read = dbs.crm.read_only().transaction(async |tx| {
            let found = Customer::query().filter(Customer::ID.is_in(keys.clone())).all(tx).await?;
            Ok(found.len())
        });
        let read = read.await?;
        let both = together((&dbs.crm, &dbs.orders), async |(crm, orders)| {
            let found = Customer::find(ada.id).one(crm).await?;
            Order::insert(NewOrder { customer_id: found.id }).one(orders).await?;
            Ok(name.clone())
        });
        let both = both.await?;
        Ok::<_, Error>((retried, read, both))
    });
    assert_eq!(done(task).await.unwrap(), ((6, 3, 3), 1, "Ada".to_owned()));
}

#[tokio::test]
async fn transactions_with_captures_by_move() {
    let shop = Shop::open().await;
    let (dbs, name, keys) = request(&shop);
    let task = tokio::spawn(async move {
        let own = name.clone();
        let ada = dbs.crm.transaction(async move |tx| Customer::insert(customer(&own)).one(tx).await).await?;
        let (own, own_keys, shared) = (name.clone(), keys.clone(), Arc::clone(&dbs));
        let retried = dbs
            .crm
            .retry(serializable(), Retries::new(3), async move |tx| {
                let orders = Order::query().count(&shared).await?;
                let found = Customer::find_many(own_keys).all(tx).await?;
                Ok((found.len(), orders, own))
            })
            .await?;
        let own = name.clone();
        let both = together((&dbs.crm, dbs.orders.read_only()), async move |(crm, orders)| {
            crm.savepoint(async move |sp: &Savepoint<'_, Crm>| {
                Customer::find(ada.id).update().set(Customer::NAME, own).execute(sp).await
            })
            .await?;
            Order::query().count(orders).await
        });
        Ok::<_, Error>((retried, both.await?))
    });
    assert_eq!(done(task).await.unwrap(), ((1, 0, "Ada".to_owned()), 0));
}

#[tokio::test]
async fn transactions_with_an_error_of_the_programs_own() {
    let shop = Shop::open().await;
    let (dbs, name, _) = request(&shop);
    let task = tokio::spawn(async move {
        let name = &name;
        let refused: Result<(), AppError> = dbs.crm.try_transaction(async |_| Err(AppError::Refused)).await;
        assert!(matches!(refused, Err(AppError::Refused)));
        dbs.crm
            .try_retry(serializable(), Retries::new(1), async |tx| {
                let ada = Customer::insert(customer(name)).one(tx).await?;
                tx.try_savepoint(async |sp: &Savepoint<'_, Crm>| {
                    Customer::find(ada.id).update().set(Customer::VISITS, 1).execute(sp).await?;
                    Ok::<_, AppError>(())
                })
                .await?;
                if ada.name.is_empty() { Err(AppError::Refused) } else { Ok(()) }
            })
            .await?;
        try_together((&dbs.crm, &dbs.orders), async |(crm, _)| match Customer::query().count(crm).await? {
            1 => Ok(()),
            _ => Err(AppError::Refused),
        })
        .await?;
        let none: Result<(), AppError> =
            dbs.crm.read_only().try_transaction(async |_| Err(AppError::Refused)).await;
        assert!(matches!(none, Err(AppError::Refused)));
        Ok::<_, AppError>(())
    });
    match done(task).await {
        Ok(()) => {}
        Err(AppError::Refused) => panic!("refused"),
        Err(AppError::Database(error)) => panic!("{error}"),
    }
}

/// Work that conflicts is run again whatever its errors are: what the server said decides.
#[tokio::test]
async fn a_conflict_is_retried_behind_an_error_of_the_programs_own() {
    let shop = Shop::open().await;
    let dbs = shop.dbs.clone();
    Customer::insert(customer("Ada")).execute(&dbs).await.unwrap();
    let runs = std::sync::atomic::AtomicU32::new(0);
    let (dbs, runs) = (&dbs, &runs);
    let visits = dbs
        .crm
        .try_retry(serializable(), Retries::new(3), async |tx| {
            let run = runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let ada = Customer::find(1).one(tx).await?;
            if run == 0 {
                // Another writes what this one has read.
                Customer::find(1).update().set(Customer::VISITS, 10).execute(dbs).await?;
            }
            let change = ada.update().set(Customer::VISITS, ada.visits + 1);
            // The cause is not to be seen in it.
            change.one(tx).await.map(|ada| ada.visits).map_err(|_| AppError::Refused)
        })
        .await;
    assert_eq!(visits.unwrap(), 11);
    assert_eq!(runs.load(std::sync::atomic::Ordering::Relaxed), 2);

    // One that met no conflict is not run again.
    runs.store(0, std::sync::atomic::Ordering::Relaxed);
    let refused = dbs.crm.try_retry(serializable(), Retries::new(3), async |_| {
        runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Err::<(), _>(AppError::Refused)
    });
    assert!(matches!(refused.await, Err(AppError::Refused)));
    assert_eq!(runs.load(std::sync::atomic::Ordering::Relaxed), 1);
}

#[tokio::test]
async fn every_executor_behind_a_trait_object() {
    let shop = Shop::open().await;
    let (dbs, name, _) = request(&shop);
    let task = tokio::spawn(async move {
        let writer: Box<dyn Writer<Crm>> = Box::new(dbs.crm.clone());
        let ada = Customer::insert(customer(&name)).one(&writer).await?;
        Customer::find(ada.id).update().set(Customer::VISITS, 3).execute(&*writer).await?;

        let shared: Arc<dyn Executor<Crm>> = dbs.clone();
        let found = Customer::find(ada.id).one(&shared).await?;
        let by_reference: &dyn Executor<Crm> = &*dbs;
        assert_eq!(Customer::query().count(by_reference).await?, 1);
        assert!(Customer::query().exists(by_reference).await?);
        let mut rows = Customer::query().stream(by_reference).await?;
        assert!(rows.try_next().await?.is_some());
        drop(rows);
        let mut rows = Crm::sql::<String>("SELECT name FROM customers").stream(by_reference).await?;
        assert!(rows.try_next().await?.is_some());
        drop(rows);

        // An `Arc` of the databases is an executor of each, by value and by reference.
        assert_eq!(Customer::query().count(&dbs).await?, 1);
        assert_eq!(Order::query().count(Arc::clone(&dbs)).await?, 0);
        Ok::<_, Error>(found.visits)
    });
    assert_eq!(done(task).await.unwrap(), 3);
}

#[tokio::test]
async fn reads_and_writes_with_captures() {
    let shop = Shop::open().await;
    let dbs = Arc::new(shop.dbs.clone());
    Customer::insert_many(customers(3)).execute(&dbs).await.unwrap();
    products(&shop.dbs, &["A-1", "A-2"]).await;
    order(&shop.dbs, 1, &["A-1", "A-2"]).await;
    let task = tokio::spawn(async move {
        let dbs = &dbs;
        let loaded =
            Order::query().with(Order::CUSTOMER).with(Order::ITEMS.with(Item::PRODUCT)).all(dbs).await?;
        let (order, customer, items) = &loaded[0];
        assert!(customer.is_some());
        assert_eq!(items.len(), 2);
        assert_eq!(Order::ITEMS.of(order).all(dbs).await?.len(), 2);
        let page = Customer::query().keyset(Customer::ID).limit(2).page(dbs).await?;
        assert_eq!(page.rows.len(), 2);
        let joined = Item::query().join(Item::ORDER).all(dbs).await?;
        assert_eq!(joined.len(), 2);

        // Rows that a join table links are read as those of a relation are.
        let tag = Tag::insert(NewTag { name: "new".into() }).one(dbs).await?;
        let product = Product::find("A-1").one(dbs).await?;
        Product::TAGS.of(&product).add([tag.id]).execute(dbs).await?;
        assert_eq!(Product::TAGS.of(&product).all(dbs).await?, std::slice::from_ref(&tag));
        assert_eq!(Product::TAGS.of(&product).count(dbs).await?, 1);
        assert!(Product::TAGS.of(&product).exists(dbs).await?);
        let named = Product::TAGS.of(&product).filter(Tag::NAME.eq("new")).order_by(Tag::NAME.asc());
        assert_eq!(named.limit(1).all(dbs).await?, [tag]);

        dbs.verify().await?;
        Ok::<_, Error>(())
    });
    done(task).await.unwrap();
}
