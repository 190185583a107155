//! Pages by a key: what goes with them, and what is said of what does not.

use ormgen_runtime::{
    Error, Page, Result,
    functions::{count, desc, row_number, window},
    prelude::*,
};
use ormgen_tests::generated::shop::{
    crm::Customer,
    orders::{Order, Product},
};

use crate::support::{Shop, customers, order, products};

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

/// Every row, read by pages of two, there and back again.
macro_rules! pages {
    ($query:expr, $key:expr, $dbs:expr) => {{
        let (mut there, mut back, mut cursor) = (Vec::new(), Vec::new(), None);
        loop {
            let Page { rows, next, previous } = $query.keyset($key).after(cursor).limit(2).page($dbs).await?;
            there.extend(rows);
            cursor = next;
            if cursor.is_none() {
                cursor = previous;
                break;
            }
        }
        while cursor.is_some() {
            let page = $query.keyset($key).before(cursor).limit(2).page($dbs).await?;
            back.splice(0..0, page.rows);
            cursor = page.previous;
        }
        (there, back)
    }};
}

#[tokio::test]
async fn joined_rows_and_selected_values() -> Result<()> {
    let shop = shop().await;
    let dbs = &shop.dbs;
    Customer::query().filter(Customer::ID.gt(2)).update().set(Customer::REFERRER_ID, 1).execute(dbs).await?;
    let key = || (desc(Customer::VISITS), Customer::ID);
    let sorted = || (Customer::VISITS.desc(), Customer::ID.asc());

    let joined = || Customer::query().join(Customer::REFERRER);
    let (there, back) = pages!(joined(), key(), dbs);
    let all = joined().order_by(sorted()).all(dbs).await?;
    assert_eq!(there.len(), 3);
    assert_eq!(there, all);
    assert_eq!(back, all[..2]);

    let optional = || Customer::query().left_join(Customer::REFERRER).filter(Customer::VISITS.lt(9));
    let (there, back) = pages!(optional(), key(), dbs);
    let all = optional().order_by(sorted()).all(dbs).await?;
    assert_eq!(there.len(), 5);
    assert_eq!(there, all);
    assert_eq!(back, all[..4]);

    let with = || joined().with(Customer::CUSTOMERS_BY_REFERRER);
    let (there, _) = pages!(with(), key(), dbs);
    assert_eq!(there, with().order_by(sorted()).all(dbs).await?);

    // A key may be NULL, and the page that begins before the NULLs reads two ranges.
    let selected = || Customer::query().select((Customer::NAME, Customer::REFERRER_ID));
    let (there, back) = pages!(selected(), (Customer::REFERRER_ID, Customer::ID), dbs);
    let all = selected().order_by((Customer::REFERRER_ID.asc(), Customer::ID.asc())).all(dbs).await?;
    assert_eq!(there, all);
    assert_eq!(back, all[..4]);
    Ok(())
}

#[tokio::test]
async fn what_is_made_of_several_rows_is_not_read_by_page() -> Result<()> {
    let shop = shop().await;
    let dbs = &shop.dbs;
    let why = |error: Error| {
        assert!(matches!(error, Error::InvalidQuery { .. }), "{error}");
        error.to_string()
    };
    let number = || row_number().over(window().order_by(Customer::ID.desc()));
    let beside = Customer::query().annotate(number() + 1).keyset(Customer::ID).page(dbs).await;
    assert!(why(beside.unwrap_err()).contains("after the cursor alone"));
    let selected = Customer::query().select((Customer::ID, number())).keyset(Customer::ID).page(dbs).await;
    assert!(why(selected.unwrap_err()).contains("after the cursor alone"));
    let grouped = Customer::query().group_by(Customer::VISITS).select((Customer::VISITS, count()));
    let grouped = grouped.keyset(Customer::VISITS).page(dbs).await;
    assert!(why(grouped.unwrap_err()).contains("one of rows"));
    let distinct =
        Customer::query().select(Customer::VISITS).distinct().keyset(Customer::VISITS).page(dbs).await;
    assert!(why(distinct.unwrap_err()).contains("one of rows"));
    let counted = Customer::query().select(count()).keyset(Customer::ID).page(dbs).await;
    assert!(why(counted.unwrap_err()).contains("one of rows"));

    // As the message says.
    let (rows, (id, number)) = Customer::query().select((Customer::ID, number())).into_table();
    let (there, _) = pages!(rows.clone().select((id, number)), id, dbs);
    assert_eq!(there, [(1, 5), (2, 4), (3, 3), (4, 2), (5, 1)]);
    let groups = Customer::query().group_by(Customer::VISITS).select((Customer::VISITS, count()));
    let (rows, (visits, customers)) = groups.into_table();
    let (there, _) = pages!(rows.clone().select((visits, customers)), visits, dbs);
    assert_eq!(there, [(0, 1), (1, 2), (2, 2)]);
    Ok(())
}

#[tokio::test]
async fn a_page_does_not_end_between_the_joined_rows_of_one() -> Result<()> {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    products(dbs, &["A-1", "B-2"]).await;
    for customer in [1, 2] {
        order(dbs, customer, &["A-1", "B-2"]).await;
    }
    let joined = || Order::query().join(Order::ITEMS).keyset(Order::ID);
    let error = joined().limit(1).page(dbs).await.unwrap_err();
    assert!(error.to_string().contains("have the same key"), "{error}");
    let page = joined().limit(2).page(dbs).await?;
    assert!(page.rows.iter().all(|(order, item)| order.id == page.rows[0].0.id && item.order_id == order.id));
    assert_eq!((page.rows.len(), joined().after(page.next).limit(2).page(dbs).await?.rows.len()), (2, 2));
    Ok(())
}

/// A `NaN` equals itself to the server, and to no program.
#[tokio::test]
async fn a_page_does_not_end_between_rows_that_share_a_key_of_no_number() -> Result<()> {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    products(dbs, &["A-1", "B-2"]).await;
    shop.orders.batch("UPDATE products SET weight = 'NaN'").await;
    let error = Product::query().keyset(Product::WEIGHT).limit(1).page(dbs).await.unwrap_err();
    assert!(error.to_string().contains("have the same key"), "{error}");
    let by_key = || Product::query().keyset((Product::WEIGHT, Product::SKU)).limit(1);
    let first = by_key().page(dbs).await?;
    assert_eq!(by_key().after(first.next).page(dbs).await?.rows[0].sku, "B-2");
    Ok(())
}
