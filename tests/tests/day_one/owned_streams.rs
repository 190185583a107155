//! Streams that keep their executor.

use futures_util::{StreamExt as _, TryStreamExt as _};
use ormgen_runtime::{Error, prelude::*, query::Rows};
use ormgen_tests::generated::shop::{
    Databases,
    crm::{Crm, Customer},
};

use crate::support::{Shop, customers, soon};

/// As a handler returns it: nothing of the request or of the state outlives the call.
async fn body(dbs: &Databases, at_least: i64) -> Result<Rows<'static, Customer>, Error> {
    Customer::query()
        .filter(Customer::ID.gte(at_least))
        .order_by(Customer::ID.asc())
        .stream_owned(dbs.clone())
        .await
}

#[tokio::test]
async fn a_stream_outlives_what_it_was_made_with() {
    let shop = Shop::open_with(|connection| connection.max_size(1)).await;
    Customer::insert_many(customers(1000)).execute(&shop.dbs).await.unwrap();
    let rows = body(&shop.dbs, 11).await.unwrap();
    let ids: Vec<i64> =
        tokio::spawn(rows.map_ok(|customer| customer.id).try_collect()).await.unwrap().unwrap();
    assert_eq!(ids, (11..=1000).collect::<Vec<_>>());

    let names =
        Crm::sql::<String>("SELECT name FROM customers ORDER BY id").stream_owned(shop.dbs.crm.clone());
    let names: Vec<String> = soon(names).await.unwrap().take(2).try_collect().await.unwrap();
    assert_eq!(names, ["c0", "c1"]);

    // One that is given up half-way gives its connection back, and there is but one.
    let mut rows = body(&shop.dbs, 1).await.unwrap();
    assert_eq!(rows.try_next().await.unwrap().unwrap().id, 1);
    drop(rows);
    assert_eq!(soon(Customer::query().count(&shop.dbs)).await.unwrap(), 1000);
}

/// A transaction can be given to its stream, too.
#[tokio::test]
async fn a_stream_of_a_transaction() {
    let shop = Shop::open().await;
    Customer::insert_many(customers(300)).execute(&shop.dbs).await.unwrap();
    let tx = shop.dbs.crm.begin().await.unwrap();
    Customer::query().delete().execute(&tx).await.unwrap();
    Customer::insert_many(customers(2)).execute(&tx).await.unwrap();
    let rows = Customer::query().stream_owned(tx).await.unwrap();
    assert_eq!(rows.try_collect::<Vec<_>>().await.unwrap().len(), 2);
    // It was never committed.
    assert_eq!(Customer::query().count(&shop.dbs).await.unwrap(), 300);
}

#[tokio::test]
async fn what_cannot_be_run_is_an_error_before_the_first_row() {
    let shop = Shop::open().await;
    let none = body(&shop.dbs, 1).await.unwrap();
    assert!(none.collect::<Vec<_>>().await.is_empty());
    Customer::insert_many(customers(1)).execute(&shop.dbs).await.unwrap();
    let refused = Crm::sql::<i32>("SELECT 1 / visits FROM customers").stream_owned(shop.dbs.clone()).await;
    assert!(matches!(refused.err(), Some(Error::Database { .. })));
}
