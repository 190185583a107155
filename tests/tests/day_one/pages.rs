//! Pages by a key: what goes with them, and what is said of what does not.

use ormgen_runtime::{Error, Result, functions::desc, prelude::*};
use ormgen_tests::generated::shop::crm::Customer;

use crate::support::{Shop, customers};

async fn shop() -> Shop {
    let shop = Shop::open().await;
    Customer::insert_many(customers(5)).execute(&shop.dbs).await.unwrap();
    Customer::query()
        .update()
        .set(Customer::VISITS, Customer::ID.cast_to::<i32>() / 2)
        .execute(&shop.dbs)
        .await
        .unwrap();
    shop
}

#[tokio::test]
async fn an_order_beside_a_key_is_never_dropped() -> Result<()> {
    let shop = shop().await;
    let dbs = &shop.dbs;
    let why = |error: Error| {
        assert!(matches!(error, Error::InvalidQuery { .. }), "{error}");
        error.to_string()
    };
    let by_visits = || Customer::query().order_by(Customer::VISITS.desc());
    let other = by_visits().keyset((Customer::VISITS, Customer::ID)).limit(2).page(dbs).await.unwrap_err();
    assert!(why(other).contains("leave out `order_by`"));
    let beside = by_visits().annotate(Customer::VISITS + 1).keyset(Customer::ID).limit(2).page(dbs).await;
    assert!(why(beside.unwrap_err()).contains("leave out `order_by`"));
    let related = by_visits().with(Customer::REFERRER).keyset(Customer::ID).limit(2).page(dbs).await;
    assert!(why(related.unwrap_err()).contains("leave out `order_by`"));
    // An order that the key begins with is the key's.
    let same = by_visits().keyset((desc(Customer::VISITS), Customer::ID)).limit(2).page(dbs).await?;
    assert_eq!(same.next, Some((2, 5)).filter(|_| same.rows[0].id == 4));
    Ok(())
}

#[tokio::test]
async fn rows_that_are_told_apart_by_less_than_the_key_are_not_read_by_page() -> Result<()> {
    let shop = shop().await;
    let dbs = &shop.dbs;
    let first = || Customer::query().distinct_on(Customer::VISITS);
    let twice = first().keyset((Customer::VISITS, Customer::ID)).limit(1).page(dbs).await.unwrap_err();
    assert!(twice.to_string().contains("values of `distinct_on` alone"), "{twice}");
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = first().keyset(Customer::VISITS).after(after).limit(1).page(dbs).await?;
        seen.extend(page.rows.iter().map(|row| row.visits));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, [0, 1, 2]);
    Ok(())
}

#[tokio::test]
async fn a_page_begins_after_a_key_or_at_the_start() -> Result<()> {
    let shop = shop().await;
    let pages = || Customer::query().keyset((Customer::VISITS, Customer::ID)).limit(2);
    let first = pages().after(None).page(&shop.dbs).await?;
    let next = first.next.expect("a second page");
    let ids = |rows: &[Customer]| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    let cursor = &next;
    let second = pages().after(cursor).page(&shop.dbs).await?;
    assert_eq!((ids(&first.rows), ids(&second.rows)), (vec![1, 2], vec![3, 4]));
    // The parts of a request's key, each in a parameter of its own.
    let (visits, id) = (Some(next.0), Some(next.1));
    assert_eq!(pages().after(visits.zip(id)).page(&shop.dbs).await?.rows, second.rows);
    assert_eq!(pages().with(Customer::REFERRER).after(next).page(&shop.dbs).await?.rows.len(), 2);
    Ok(())
}
