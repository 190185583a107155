//! Several databases: configuration, routing, transactions; and what Tortoise's own tests of two databases hold.

use std::fs;

use ormgen_runtime::{Error, Isolation, Result, TransactionOptions, prelude::*};
use ormgen_tests::generated::shop::{
    Databases,
    crm::{Crm, Customer},
    orders::{Item, NewTag, Order, OrderStatus, Orders, Product, Tag},
};

use super::{dbs, letters, shop};
use crate::support::{ask, customer, names};

fn tag(name: &str) -> NewTag {
    NewTag { name: name.into() }
}

#[tokio::test]
async fn databases_are_configured_and_closed() -> Result<()> {
    let shop = shop().await;
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("manifest.yaml");
    let text = format!(
        "connections:\n  crm: {}\n  crm_eu: {}\n  orders: {{ url: '{}', pool: {{ max_size: 2 }} }}\n\
         apps:\n  crm: {{ schema: crm.sql, default_connection: crm, connections: [crm_eu] }}\n  \
         orders: {{ schema: orders, default_connection: orders }}\n",
        shop.crm.url(),
        shop.crm_eu.url(),
        shop.orders.url()
    );
    fs::write(&manifest, text).unwrap();
    let dbs = Databases::connect(&manifest).await?;
    dbs.verify().await?;
    assert_eq!((Customer::query().count(&dbs).await?, Order::query().count(&dbs).await?), (5, 4));
    let pool = &dbs.crm_eu;
    assert_eq!(pool.alias(), "crm_eu");
    dbs.close().await;
    let closed = Customer::query().count(&dbs).await;
    assert!(matches!(closed, Err(Error::PoolClosed { .. })), "{closed:?}");
    Ok(())
}

#[tokio::test]
async fn queries_are_routed() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    Customer::insert(customer("Fay")).execute(&dbs.crm_eu).await?;
    assert_eq!(letters(&Customer::query().all(&dbs.crm_eu).await?), "f");
    let fresh = Customer::query().count(dbs.crm.primary()).await?;
    assert_eq!(fresh, 5);
    let read_only = Customer::query().count(dbs.crm.read_only()).await?;
    assert_eq!(read_only, 5);

    let connection = dbs.crm.connection().await?;
    connection.batch("SET application_name = 'script'; CREATE TEMP TABLE notes (note text)").await?;
    let inserted =
        Crm::sql("INSERT INTO notes VALUES ($1), ($2)").bind("a").bind("b").execute(&connection).await?;
    assert_eq!(inserted, 2);
    let dicts: Vec<(String, i64)> =
        Crm::sql("SELECT note, count(*) FROM notes GROUP BY note ORDER BY note").all(&connection).await?;
    assert_eq!(dicts, [("a".into(), 1), ("b".into(), 1)]);
    Ok(())
}

#[tokio::test]
async fn transactions() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let add = async |name: &str| Customer::insert(customer(name)).execute(&dbs).await;
    let fay = dbs.crm.transaction(async |tx| Customer::insert(customer("Fay")).one(tx).await).await?;
    assert_eq!(fay.id, 6);
    let tx = dbs.crm.begin().await?;
    Customer::insert(customer("Gus")).execute(&tx).await?;
    tx.commit().await?;
    let tx = dbs.crm.begin().await?;
    Customer::query().delete().execute(&tx).await?;
    tx.rollback().await?;
    assert_eq!(Customer::query().count(&dbs).await?, 7);

    let tx = dbs.crm.begin().await?;
    Customer::insert(customer("Hal")).execute(&tx).await?;
    let inner: Result<u64> =
        tx.savepoint(async |tx| Customer::insert(customer("Hal")).execute(tx).await).await;
    assert!(matches!(inner, Err(Error::UniqueViolation(_))));
    Customer::insert(customer("Ida")).execute(&tx).await?;
    tx.commit().await?;
    assert_eq!(Customer::query().count(&dbs).await?, 9);

    let strict = TransactionOptions::new().isolation(Isolation::Serializable);
    let tx = dbs.crm.begin_with(strict).await?;
    let level: String = Crm::sql("SHOW transaction_isolation").one(&tx).await?;
    assert_eq!(level, "serializable");
    tx.rollback().await?;
    add("Jan").await?;
    Ok(())
}

#[tokio::test]
async fn a_table_is_in_its_own_database_alone() -> Result<()> {
    let shop = shop().await;
    let dbs = shop.dbs.clone();
    Customer::insert(customer("Fay")).execute(&dbs).await?;
    Tag::insert(tag("red")).execute(&dbs).await?;
    for (db, table) in [(&shop.crm, "tags"), (&shop.orders, "customers")] {
        assert!(ask::<bool>(db, &format!("SELECT to_regclass('public.{table}') IS NULL")).await);
    }
    // What the compiler keeps from happening, said in SQL, is refused by the server.
    let error = Crm::sql::<i64>("SELECT count(*) FROM tags").one(&dbs).await.unwrap_err();
    assert!(matches!(error, Error::InvalidSql { .. }), "{error}");
    let count: i64 = Orders::sql("SELECT count(*) FROM tags").one(&dbs).await?;
    assert_eq!(count, 4);
    Ok(())
}

#[tokio::test]
async fn relations_work_in_the_second_database() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let paid: Vec<(Order, Vec<(Item, Product)>)> = Order::query()
        .filter(Order::STATUS.eq(OrderStatus::Paid))
        .with(Order::ITEMS.with(Item::PRODUCT))
        .all(&dbs.orders)
        .await?;
    assert_eq!(paid[0].1[0].1.name, "Saw");
    let saw = Product::find("B-2").one(&dbs.orders).await?;
    Product::TAGS.of(&saw).add([2]).execute(&dbs.orders).await?;
    assert_eq!(Product::TAGS.of(&saw).query().count(&dbs.orders).await?, 2);
    Ok(())
}

#[tokio::test]
async fn transactions_nest_in_both_databases() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    // The inner one fails, the outer one does not care.
    dbs.crm
        .transaction(async |crm| {
            Customer::insert(customer("Fay")).execute(crm).await?;
            let inner: Result<u64> = dbs
                .orders
                .transaction(async |orders| {
                    Tag::insert(tag("red")).execute(orders).await?;
                    Tag::insert(tag("red")).execute(orders).await
                })
                .await;
            assert!(matches!(inner, Err(Error::UniqueViolation(_))));
            Ok::<_, Error>(())
        })
        .await?;
    assert_eq!((names(&dbs).await.len(), Tag::query().count(&dbs).await?), (6, 3));
    // The outer one fails, the inner one was committed.
    let outer: Result<u64> = dbs
        .crm
        .transaction(async |crm| {
            Customer::insert(customer("Gus")).execute(crm).await?;
            dbs.orders.transaction(async |orders| Tag::insert(tag("red")).execute(orders).await).await?;
            Customer::insert(customer("Gus")).execute(crm).await
        })
        .await;
    assert!(matches!(outer, Err(Error::UniqueViolation(_))));
    assert_eq!((names(&dbs).await.len(), Tag::query().count(&dbs).await?), (6, 4));

    // Side by side: both or none.
    let both = together((&dbs.crm, &dbs.orders), async |(crm, orders)| {
        Customer::insert(customer("Hal")).execute(crm).await?;
        Tag::insert(tag("red")).execute(orders).await
    });
    let both: Result<u64> = both.await;
    assert!(matches!(both, Err(Error::UniqueViolation(_))));
    assert_eq!((names(&dbs).await.len(), Tag::query().count(&dbs).await?), (6, 4));
    Ok(())
}
