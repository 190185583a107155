//! What a newcomer gives to a method, in the type that is at hand.

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use ormgen_runtime::{
    Error, Executor, Filter, Query, Result, Retries, Transaction, TransactionOptions, Writer,
    functions::{asc, concat, desc},
    prelude::*,
    types::DateTime,
};
use ormgen_tests::generated::shop::{
    crm::{Crm, Customer},
    orders::{Item, Order, Product},
};
use serde_json::json;

use crate::{
    shop,
    support::{Shop, customer, order},
};

#[tokio::test]
async fn texts_of_every_sort() -> Result<()> {
    let shop = shop().await;
    let dbs = &shop.dbs;
    let (owned, listed) = ("A-1".to_owned(), vec!["A-1".to_owned(), "B-2".to_owned()]);
    let (shared, boxed): (Arc<str>, Box<str>) = ("A-1".into(), "A-1".into());
    let cow: Cow<'_, str> = owned.as_str().into();
    for filter in [
        Product::SKU.eq(&shared),
        Product::SKU.eq(Arc::clone(&shared)),
        Product::SKU.eq(&boxed),
        Product::SKU.eq(boxed.clone()),
        Product::SKU.eq(&cow),
        Product::SKU.is_in([&shared]),
        Product::SKU.is_in([boxed.clone()]),
    ] {
        assert_eq!(Product::query().filter(filter).one(dbs).await?.sku, "A-1");
    }
    for found in [
        Product::find(&shared),
        Product::find(Arc::clone(&shared)),
        Product::find(boxed),
        Product::find(&cow),
        Product::find(cow.clone()),
        Product::find(&"A-1"),
    ] {
        assert_eq!(found.one(dbs).await?.sku, "A-1");
    }
    let borrowed: Vec<&str> = listed.iter().map(String::as_str).collect();
    for several in [
        Product::find_many(["A-1", "B-2"]),
        Product::find_many(&["A-1", "B-2"]),
        Product::find_many(&borrowed),
        Product::find_many(&borrowed[..]),
        Product::find_many(&listed),
        Product::find_many(&listed[..]),
        Product::find_many(borrowed.iter()),
        Product::find_many(listed.clone()),
    ] {
        assert_eq!(several.count(dbs).await?, 2);
    }
    let renamed = Customer::find(1).update().set(Customer::NAME, shared);
    assert_eq!(renamed.one(dbs).await?.name, "A-1");
    Ok(())
}

#[tokio::test]
async fn texts_put_together() -> Result<()> {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    Customer::insert(customer("Ada")).execute(dbs).await?;
    let full = concat(concat(Customer::NAME, " of "), Customer::NAME);
    let (first, last, three) = (concat("Dr. ", Customer::NAME), concat(Customer::NAME, "!".to_owned()), full);
    let found = Customer::query().select((first, last, three)).one(dbs).await?;
    assert_eq!(found, ("Dr. Ada".to_owned(), "Ada!".to_owned(), "Ada of Ada".to_owned()));
    let named = Customer::query().filter(concat("Dr. ", Customer::NAME).eq("Dr. Ada"));
    assert_eq!(named.count(dbs).await?, 1);
    Ok(())
}

#[tokio::test]
async fn one_key_of_a_document_or_several() -> Result<()> {
    let shop = shop().await;
    let dbs = &shop.dbs;
    let settings = json!({ "color": "red", "size": { "width": 3 } });
    Customer::find(1).update().set(Customer::SETTINGS, settings).execute(dbs).await?;
    let (color, path) = ("color".to_owned(), ["size", "width"]);
    let borrowed = &path;
    let paths: Vec<&str> = "size.width".split('.').collect();
    for filter in [
        Customer::SETTINGS.text_at("color").eq("red"),
        Customer::SETTINGS.text_at(&color).eq("red"),
        Customer::SETTINGS.text_at(color.clone()).eq("red"),
        Customer::SETTINGS.text_at(["color"]).eq("red"),
        Customer::SETTINGS.text_at(path).eq("3"),
        Customer::SETTINGS.text_at(borrowed).eq("3"),
        Customer::SETTINGS.text_at(&path[..]).eq("3"),
        Customer::SETTINGS.text_at(&paths).eq("3"),
        Customer::SETTINGS.text_at(paths.clone()).eq("3"),
        Customer::SETTINGS.json_at("size").text_at("width").eq("3"),
    ] {
        assert_eq!(Customer::query().filter(filter).one(dbs).await?.id, 1);
    }
    let left = Customer::find(1).update().set(Customer::SETTINGS, Customer::SETTINGS.json_without("size"));
    assert_eq!(left.one(dbs).await?.settings, json!({ "color": "red" }));
    // An object that the program puts together.
    let object = serde_json::Map::from_iter([("color".to_owned(), json!("red"))]);
    let set = Customer::find(1).filter(Customer::SETTINGS.eq(object.clone())).update();
    assert_eq!(set.set(Customer::SETTINGS, object).one(dbs).await?.settings, json!({ "color": "red" }));
    let set = Customer::SETTINGS.json_set("color", json!("blue"));
    let set = Customer::find(1).update().set(Customer::SETTINGS, set).one(dbs).await?;
    assert_eq!(set.settings, json!({ "color": "blue" }));
    Ok(())
}

#[tokio::test]
async fn numbers_of_rows() -> Result<()> {
    let shop = shop().await;
    let dbs = &shop.dbs;
    let (of_a_request, of_a_table, pages): (Option<u32>, i64, [&str; 2]) = (Some(2), 2, ["a", "b"]);
    assert_eq!(Customer::query().limit(2).all(dbs).await?.len(), 2);
    assert_eq!(Customer::query().limit(Some(2)).all(dbs).await?.len(), 2);
    assert_eq!(Customer::query().limit(of_a_request).all(dbs).await?.len(), 2);
    assert_eq!(Customer::query().limit(of_a_request.unwrap_or(20).min(100)).all(dbs).await?.len(), 2);
    assert_eq!(Customer::query().limit(None::<u16>).all(dbs).await?.len(), 3);
    assert_eq!(Customer::query().limit(of_a_table).all(dbs).await?.len(), 2);
    assert_eq!(Customer::query().order_by(Customer::ID.asc()).offset(pages.len()).all(dbs).await?.len(), 1);
    assert_eq!(Customer::query().limit(u64::MAX).all(dbs).await?.len(), 3);
    for refused in [Customer::query().limit(-1), Customer::query().offset(-1_i64)] {
        let error = refused.all(dbs).await.unwrap_err();
        assert!(matches!(error, Error::InvalidQuery { .. }), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn cursors() -> Result<()> {
    let shop = shop().await;
    let dbs = &shop.dbs;
    let last =
        Customer::query().order_by((Customer::NAME.asc(), Customer::ID.asc())).all(dbs).await?.remove(1);
    let keyset = || Customer::query().keyset((Customer::NAME, Customer::ID));
    let owned = keyset().after((last.name.clone(), last.id)).page(dbs).await?;
    assert_eq!(owned.rows.len(), 1);
    assert_eq!(keyset().after((&*last.name, last.id)).page(dbs).await?, owned);
    assert_eq!(keyset().after(Some((last.name.clone(), last.id))).page(dbs).await?, owned);
    assert_eq!(keyset().after(None).page(dbs).await?.rows.len(), 3);
    assert_eq!(Customer::query().keyset(Customer::NAME).after(&*last.name).page(dbs).await?.rows, owned.rows);
    Ok(())
}

/// An exclusive reference is a reference.
async fn counted(tx: &mut Transaction<Crm>) -> Result<i64> {
    async fn write(executor: impl Writer<Crm>) -> Result<u64> {
        Customer::query().update().set(Customer::VISITS, 7).execute(executor).await
    }
    async fn read(executor: &mut impl Executor<Crm>) -> Result<i64> {
        Customer::query().count(executor).await
    }
    write(&mut *tx).await?;
    Customer::find(1).for_update().one(&mut *tx).await?;
    assert_eq!(read(tx).await?, 3);
    Customer::query().filter(Customer::VISITS.eq(7)).count(tx).await
}

#[tokio::test]
async fn a_transaction_by_an_exclusive_reference() -> Result<()> {
    let shop = shop().await;
    let mut tx = shop.dbs.crm.begin().await?;
    assert_eq!(counted(&mut tx).await?, 3);
    tx.commit().await?;
    assert_eq!(Customer::find(1).one(&shop.dbs).await?.visits, 7);
    Ok(())
}

#[tokio::test]
async fn conditions_that_begin_with_none() -> Result<()> {
    fn search(words: &[&str], visits: Option<i32>) -> Filter<Customer> {
        let mut named = Filter::no_row();
        for word in words {
            named = named.or(Customer::NAME.contains(word));
        }
        let mut filter = Filter::every_row();
        if !words.is_empty() {
            filter = filter.and(named);
        }
        filter.and(visits.map(|visits| Customer::VISITS.eq(visits)))
    }
    let shop = shop().await;
    let dbs = &shop.dbs;
    Customer::find(2).update().set(Customer::NAME, "Zoe").execute(dbs).await?;
    assert_eq!(Customer::query().filter(search(&[], None)).count(dbs).await?, 3);
    assert_eq!(Customer::query().filter(search(&["Zoe", "Yan"], Some(0))).count(dbs).await?, 1);
    assert_eq!(Customer::query().filter(Filter::no_row()).count(dbs).await?, 0);
    let several = Order::query().filter(Order::ITEMS.matching(Item::QUANTITY.gte(1)).count().gt(1));
    assert_eq!(several.count(dbs).await?, 1);
    Ok(())
}

#[tokio::test]
async fn attempts_are_counted() -> Result<()> {
    let shop = shop().await;
    let attempts = AtomicU32::new(0);
    let stored = shop
        .dbs
        .crm
        .retry(TransactionOptions::new(), Retries::new(3), async |tx| {
            if attempts.fetch_add(1, Ordering::Relaxed) < 2 {
                Crm::sql::<i32>("DO $$ BEGIN RAISE serialization_failure; END $$").all(tx).await?;
            }
            Customer::query().count(tx).await
        })
        .await?;
    assert_eq!((stored, attempts.into_inner()), (3, 3));
    Ok(())
}

#[test]
fn what_is_missing_is_told_from_what_is_null() {
    let text = |missing, null| {
        Error::Dangling { connection: "crm".into(), model: "Customer", column: "customer_id", missing, null }
            .to_string()
    };
    assert!(text(1, 0).ends_with("the `customer_id` of 1 row is the ID of no `Customer`"));
    assert!(text(0, 2).ends_with("the `customer_id` of 2 rows is NULL, and a `Customer` is required"));
    assert!(text(1, 13).ends_with("of 1 row is the ID of no `Customer`, and that of 13 rows is NULL"));
}

#[tokio::test]
async fn times_and_orders() -> Result<()> {
    let shop = shop().await;
    let dbs = &shop.dbs;
    let placed = order(dbs, 1, &[]).await;
    let there = DateTime::parse_from_rfc3339("2026-11-26T14:00:00+02:00").unwrap();
    let placed = Order::find(placed.id).update().set(Order::PLACED_AT, there).one(dbs).await?;
    assert_eq!(placed.placed_at, there.to_utc());
    for filter in [
        Order::PLACED_AT.eq(there),
        Order::PLACED_AT.between(there, there),
        Order::PLACED_AT.is_in([there]),
        Order::PLACED_AT.lte(there + Duration::from_secs(3600)),
    ] {
        assert_eq!(Order::query().filter(filter).one(dbs).await?, placed);
    }

    let day = there.date_naive();
    let born = Customer::find(2).update().set(Customer::BORN_ON, Some(day)).one(dbs).await?;
    assert_eq!(born.born_on, Some(day));
    let cleared = Customer::find(2).update().set(Customer::BORN_ON, None).one(dbs).await?;
    assert_eq!(cleared.born_on, None);

    let ids = |query: Query<Customer>| async move { query.select(Customer::ID).all(dbs).await };
    assert_eq!(ids(Customer::query().order_by(desc(Customer::ID))).await?, [3, 2, 1]);
    assert_eq!(
        ids(Customer::query().order_by((asc(Customer::VISITS), desc(Customer::ID)))).await?,
        [3, 2, 1]
    );
    let page =
        Customer::query().keyset((asc(Customer::VISITS), desc(Customer::ID))).limit(1).page(dbs).await?;
    assert_eq!(page.rows[0].id, 3);
    Ok(())
}

#[tokio::test]
async fn whole_rows_by_reference() -> Result<()> {
    let (shop, copy) = (shop().await, Shop::open().await);
    let rows = Customer::query().order_by(Customer::ID).all(&shop.dbs).await?;
    assert_eq!(Customer::insert_row(&rows[0]).one(&copy.dbs).await?, rows[0]);
    assert_eq!(Customer::insert_rows(&rows[1..]).execute(&copy.dbs).await?, 2);
    assert_eq!(Customer::query().order_by(Customer::ID).all(&copy.dbs).await?, rows);
    Ok(())
}
