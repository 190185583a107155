//! References: IDs that no foreign key checks.

use futures_util::TryStreamExt;
use ormgen_runtime::{Error, prelude::*};
use ormgen_tests::generated::shop::{
    crm::Customer,
    orders::{Item, NewOrder, Order},
};

use crate::support::{Shop, ask_counted, customer, customers};

async fn shop() -> Shop {
    let shop = Shop::open().await;
    for db in [&shop.crm, &shop.orders] {
        db.batch("CREATE EXTENSION pg_stat_statements").await;
    }
    shop
}

fn orders_of(ids: impl IntoIterator<Item = i64>) -> Vec<NewOrder> {
    ids.into_iter().map(|customer_id| NewOrder { customer_id }).collect()
}

#[tokio::test]
async fn a_required_reference_gives_the_row_or_an_error() {
    let shop = shop().await;
    let dbs = &shop.dbs;
    Customer::insert(customer("Ada")).execute(dbs).await.unwrap();
    Order::insert_many(orders_of([1, 1])).execute(dbs).await.unwrap();
    let query = || Order::query().with(Order::CUSTOMER.required()).with(Order::ITEMS);
    let orders: Vec<(Order, Customer, Vec<Item>)> = query().all(dbs).await.unwrap();
    assert_eq!(orders.iter().map(|(_, customer, _)| &*customer.name).collect::<Vec<_>>(), ["Ada", "Ada"]);

    Order::insert_many(orders_of([98, 99, 99])).execute(dbs).await.unwrap();
    let error = query().all(dbs).await.unwrap_err();
    assert!(matches!(error, Error::Dangling { model: "Customer", missing: 3, .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "connection `crm`: the `customer_id` of 3 rows is the ID of no `Customer`",
        "and no value"
    );
    // Loaded by itself, and narrowed: then it may be none.
    let rows = Order::query().order_by(Order::ID.asc()).limit(3).all(dbs).await.unwrap();
    let loaded: Vec<Customer> = Order::CUSTOMER.required().load(&rows[..2], dbs).await.unwrap();
    assert_eq!(loaded.len(), 2);
    let loaded: Vec<Option<Customer>> = Order::CUSTOMER.load(&rows, dbs).await.unwrap();
    assert_eq!(loaded.iter().flatten().count(), 2);
}

/// 10,000 rows of 5,000 customers, of whom every hundredth is gone.
#[tokio::test]
async fn orphans_are_found_in_batches() {
    let shop = shop().await;
    let dbs = &shop.dbs;
    Customer::insert_many(customers(5000)).execute(dbs).await.unwrap();
    Customer::query().filter(Customer::EMAIL.like("%50@example.org")).delete().execute(dbs).await.unwrap();
    let gone = 5000 - Customer::query().count(dbs).await.unwrap();
    assert_eq!(gone, 50);
    Order::insert_many(orders_of((1..=5000).chain(1..=5000))).execute(dbs).await.unwrap();
    asked(&shop).await;

    assert_eq!(Order::CUSTOMER.orphans().count(dbs).await.unwrap(), 50);
    // Five full batches, and one to see that there is no more.
    assert_eq!(asked(&shop).await, (6, 5));

    let found: Vec<i64> =
        Order::CUSTOMER.orphans().batch(1700).stream(dbs).await.unwrap().try_collect().await.unwrap();
    assert_eq!(asked(&shop).await, (3, 3));
    assert_eq!(found.len(), 50);
    assert!(found.is_sorted());
    let there = Customer::query().filter(Customer::ID.is_in(found)).count(dbs).await.unwrap();
    assert_eq!(there, 0);

    // Where the caller stops, nothing more is asked.
    let first = Order::CUSTOMER.orphans().batch(500).stream(dbs).await.unwrap().try_next().await.unwrap();
    assert_eq!((first, asked(&shop).await), (Some(51), (1, 1)));
}

#[tokio::test]
async fn where_nothing_points_anywhere_there_are_no_orphans() {
    let shop = shop().await;
    let dbs = &shop.dbs;
    assert_eq!(Order::CUSTOMER.orphans().count(dbs).await.unwrap(), 0);
    assert_eq!(asked(&shop).await, (1, 0));
    Order::insert_many(orders_of([7, 7, 8])).execute(dbs).await.unwrap();
    let found: Vec<i64> =
        Order::CUSTOMER.orphans().batch(0).stream(dbs).await.unwrap().try_collect().await.unwrap();
    assert_eq!(found, [7, 8]);
}

/// The statements that look for orphans, in each database.
async fn asked(shop: &Shop) -> (i64, i64) {
    const SQL: &str = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements
         WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND query LIKE 'SELECT \"ormgen key\"%'";
    (ask_counted(&shop.orders, SQL).await, ask_counted(&shop.crm, SQL).await)
}
