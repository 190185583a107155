//! Related rows narrowed and nested, and those of rows that were loaded before.

#![allow(clippy::type_complexity, reason = "the types show what is loaded")]

use ormgen_runtime::{config::ConnectionConfig, prelude::*};
use ormgen_tests::{
    generated::{
        linked::{self, links::Letter},
        shop::{
            Databases,
            crm::{Address, Customer, LoyaltyCard},
            orders::{Category, Invoice, Item, Order, Product, Shipment},
        },
    },
    server::server,
};

use crate::{
    relations::{filled, statements},
    support::{Shop, ask, order, soon},
};

/// The shop with more lines: 1, 2, 3 of the first order, in quantities of 5, 1 and 7; one in the second.
async fn with_lines() -> Shop {
    let shop = filled().await;
    shop.orders
        .batch(
            "INSERT INTO items (order_id, line_no, sku, quantity, price) VALUES (1, 3, 'A-1', 7, 2);
             UPDATE items SET quantity = 5 WHERE (order_id, line_no) = (1, 1)",
        )
        .await;
    for db in [&shop.crm, &shop.orders] {
        statements(db).await;
    }
    shop
}

fn lines(items: &[Item]) -> Vec<i16> {
    items.iter().map(|item| item.line_no).collect()
}

#[tokio::test]
async fn what_is_loaded_can_be_filtered_ordered_limited_and_nested() {
    let shop = with_lines().await;
    let dbs = &shop.dbs;
    let items = Order::ITEMS.filter(Item::QUANTITY.gt(1)).order_by(Item::LINE_NO.desc()).limit(3);
    let orders: Vec<(Order, Vec<(Item, Product)>)> =
        Order::query().order_by(Order::ID.asc()).with(items.with(Item::PRODUCT)).all(dbs).await.unwrap();
    let seen: Vec<Vec<_>> = orders
        .iter()
        .map(|(_, items)| items.iter().map(|(item, product)| (item.line_no, product.name.as_str())).collect())
        .collect();
    assert_eq!(seen, [vec![(3, "Product A-1"), (1, "Product A-1")], vec![], vec![]]);
    assert_eq!(statements(&shop.orders).await, 3);
}

#[tokio::test]
async fn a_limit_counts_the_rows_of_each() {
    let shop = with_lines().await;
    let dbs = &shop.dbs;
    for (limit, expected) in [(0, [vec![], vec![]]), (1, [vec![1], vec![1]]), (2, [vec![1, 2], vec![1]])] {
        let items = Order::ITEMS.order_by(Item::LINE_NO.asc()).limit(limit);
        let orders = Order::query().order_by(Order::ID.asc()).with(items).all(dbs).await.unwrap();
        let seen: Vec<_> = orders.iter().map(|(_, items)| lines(items)).take(2).collect();
        assert_eq!(seen, expected, "{limit}");
        assert_eq!(statements(&shop.orders).await, 2);
    }
    // By a key of two columns, and of a filter with `or`, which stays one condition.
    let few = Shipment::ID.eq(1).or(Shipment::ID.gte(1));
    let shipments = Item::SHIPMENTS.filter(few).order_by(Shipment::ID.desc()).limit(1);
    let query = Item::query().order_by(Item::ORDER_ID.asc()).order_by(Item::LINE_NO.asc());
    let items = query.with(shipments).all(dbs).await.unwrap();
    let seen: Vec<Vec<_>> =
        items.iter().map(|(_, shipments)| shipments.iter().map(|shipment| shipment.id).collect()).collect();
    assert_eq!(seen, [vec![2], vec![3], vec![], vec![]]);
    assert_eq!(statements(&shop.orders).await, 2);
}

#[tokio::test]
async fn a_filter_with_or_stays_within_the_key() {
    let shop = with_lines().await;
    let either = || Item::LINE_NO.eq(2).or(Item::LINE_NO.eq(3));
    let query = Order::query().filter(Order::ID.eq(2)).with(Order::ITEMS.filter(either()));
    let (_, items) = query.one(&shop.dbs).await.unwrap();
    assert_eq!(lines(&items), [0_i16; 0]);
    // Two filters both hold.
    let both = Order::ITEMS.filter(either()).filter(Item::QUANTITY.eq(7));
    let (_, items) = Order::query().filter(Order::ID.eq(1)).with(both).one(&shop.dbs).await.unwrap();
    assert_eq!(lines(&items), [3]);
}

/// A row that must be there may be filtered away: the type says so.
#[tokio::test]
async fn one_row_filtered_is_an_option() {
    let shop = with_lines().await;
    let product = Item::PRODUCT.filter(Product::NAME.eq("Product B-2")).with(Product::CATEGORY);
    let query = Item::query().filter(Item::ORDER_ID.eq(1)).order_by(Item::LINE_NO.asc());
    let items: Vec<(Item, Option<(Product, Category)>)> = query.with(product).all(&shop.dbs).await.unwrap();
    let seen: Vec<_> = items.iter().map(|(_, product)| product.is_some()).collect();
    assert_eq!(seen, [false, true, false]);
    assert_eq!(statements(&shop.orders).await, 3);
}

#[tokio::test]
async fn references_nest_at_any_depth() {
    let shop = with_lines().await;
    let dbs = &shop.dbs;
    let orders = Customer::ORDERS.order_by(Order::ID.asc()).with(Order::ITEMS.with(Item::PRODUCT));
    let customers: Vec<(Customer, Vec<(Order, Vec<(Item, Product)>)>, Vec<Address>)> = Customer::query()
        .order_by(Customer::ID.asc())
        .with(orders)
        .with(Customer::ADDRESSES)
        .all(dbs)
        .await
        .unwrap();
    let seen: Vec<Vec<usize>> = customers
        .iter()
        .map(|(_, orders, _)| orders.iter().map(|(_, items)| items.len()).collect())
        .collect();
    assert_eq!(seen, [vec![3, 1], vec![], vec![]]);
    assert_eq!(customers[0].2.len(), 1);
    assert_eq!((statements(&shop.crm).await, statements(&shop.orders).await), (2, 3));
}

/// There and back, several relations on each level.
#[tokio::test]
async fn relations_nest_side_by_side() {
    let shop = with_lines().await;
    let dbs = &shop.dbs;
    let customer =
        Order::CUSTOMER.with(Customer::ORDERS).with(Customer::REFERRER).with(Customer::LOYALTY_CARD);
    type Known = (Customer, Vec<Order>, Option<Customer>, Option<LoyaltyCard>);
    let orders: Vec<(Order, Option<Known>, Option<Invoice>)> =
        Order::query().order_by(Order::ID.asc()).with(customer).with(Order::INVOICE).all(dbs).await.unwrap();
    let seen: Vec<_> = orders
        .iter()
        .map(|(_, customer, invoice)| (customer.as_ref().map(|of| of.1.len()), invoice.is_some()))
        .collect();
    assert_eq!(seen, [(Some(2), false), (Some(2), true), (None, false)]);
    // No customer has a referrer here, so that nothing is asked for.
    assert_eq!((statements(&shop.orders).await, statements(&shop.crm).await), (3, 2));
}

#[tokio::test]
async fn where_nothing_points_anywhere_nothing_is_asked() {
    let shop = with_lines().await;
    let nested =
        Order::ITEMS.order_by(Item::LINE_NO.asc()).limit(2).with(Item::PRODUCT.with(Product::CATEGORY));
    let query = Order::query().filter(Order::ID.eq(0)).with(nested);
    assert!(query.all(&shop.dbs).await.unwrap().is_empty());
    assert_eq!(statements(&shop.orders).await, 1);
    // The third order has no lines, and those no products.
    let query = Order::query().filter(Order::ID.eq(3)).with(Order::ITEMS.with(Item::PRODUCT));
    assert!(query.one(&shop.dbs).await.unwrap().1.is_empty());
    assert_eq!(statements(&shop.orders).await, 2);
    assert!(Order::ITEMS.load(&[], &shop.dbs).await.unwrap().is_empty());
    assert_eq!(statements(&shop.orders).await, 0);
}

#[tokio::test]
async fn rows_that_are_there_already_get_theirs() {
    let shop = with_lines().await;
    let dbs = &shop.dbs;
    let mut orders = Order::query().order_by(Order::ID.desc()).all(dbs).await.unwrap();
    orders.push(orders[2].clone());
    statements(&shop.orders).await;
    let items: Vec<Vec<Item>> = Order::ITEMS.order_by(Item::LINE_NO.asc()).load(&orders, dbs).await.unwrap();
    let seen: Vec<_> = items.iter().map(|items| lines(items)).collect();
    assert_eq!(seen, [vec![], vec![1], vec![1, 2, 3], vec![1, 2, 3]]);
    assert_eq!(statements(&shop.orders).await, 1);

    let customers: Vec<Option<Customer>> = Order::CUSTOMER.load(&orders, dbs).await.unwrap();
    let seen: Vec<_> = customers.iter().map(|customer| customer.as_ref().map(|row| row.id)).collect();
    assert_eq!(seen, [None, Some(1), Some(1), Some(1)]);

    let tx = dbs.orders.begin().await.unwrap();
    let products: Vec<Vec<(Item, Product)>> =
        Order::ITEMS.with(Item::PRODUCT).load(&orders[1..2], &tx).await.unwrap();
    assert_eq!(products[0][0].1.sku, "A-1");
    tx.rollback().await.unwrap();
    assert_eq!(statements(&shop.orders).await, 2);
}

#[tokio::test]
async fn the_rows_of_one_row_are_a_query() {
    let shop = with_lines().await;
    let dbs = &shop.dbs;
    let order = Order::find(1).one(dbs).await.unwrap();
    let items = || Order::ITEMS.of(&order);
    assert_eq!(items().filter(Item::QUANTITY.gt(1)).count(dbs).await.unwrap(), 2);
    assert_eq!(lines(&items().order_by(Item::LINE_NO.desc()).limit(2).all(dbs).await.unwrap()), [3, 2]);
    let with_products: Vec<(Item, Product)> = items().with(Item::PRODUCT).all(dbs).await.unwrap();
    assert_eq!(with_products.len(), 3);
    assert_eq!(items().update().set(Item::QUANTITY, 2).execute(dbs).await.unwrap(), 3);
    assert_eq!(Item::query().filter(Item::QUANTITY.eq(2)).count(dbs).await.unwrap(), 3);
    assert_eq!(items().filter(Item::LINE_NO.eq(3)).delete().execute(dbs).await.unwrap(), 1);

    let item = items().filter(Item::LINE_NO.eq(1)).one(dbs).await.unwrap();
    assert_eq!(Item::SHIPMENTS.of(&item).count(dbs).await.unwrap(), 2);
    assert_eq!(Item::PRODUCT.of(&item).one(dbs).await.unwrap().sku, "A-1");
    assert_eq!(Order::CUSTOMER.of(&order).one(dbs).await.unwrap().name, "Ada");
    let ada = Customer::find(1).one(dbs).await.unwrap();
    assert_eq!(Customer::ORDERS.of(&ada).count(dbs).await.unwrap(), 2);
    // Her referrer is NULL, which nothing equals.
    assert_eq!(Customer::REFERRER.of(&ada).optional(dbs).await.unwrap(), None);
}

/// Whatever the depth, one connection at a time is enough; and a task can do it.
#[tokio::test]
async fn nested_relations_load_on_pools_of_one_and_in_tasks() {
    let shop = with_lines().await;
    let query = || {
        let items = Order::ITEMS.order_by(Item::LINE_NO.asc()).limit(2);
        Order::query().with(items.with(Item::PRODUCT.with(Product::CATEGORY)).with(Item::SHIPMENTS))
    };
    let [crm, eu, orders] = [("crm", &shop.crm), ("crm_eu", &shop.crm_eu), ("orders", &shop.orders)]
        .map(|(alias, db)| ConnectionConfig::new(alias, db.url()).max_size(1));
    let narrow = Databases::lazy(vec![crm, eu, orders]).unwrap();
    let task = tokio::spawn(async move { query().with(Order::CUSTOMER).all(&narrow).await });
    assert_eq!(soon(task).await.unwrap().unwrap().len(), 3);
    let tx = shop.dbs.orders.begin().await.unwrap();
    order(&shop.dbs, 1, &[]).await;
    assert_eq!(query().all(&tx).await.unwrap().len(), 4);
    assert_eq!(query().all(&shop.dbs.orders).await.unwrap().len(), 4);
}

/// Two tables are locked in two databases: both statements wait at the same time.
#[tokio::test]
async fn relations_load_side_by_side() {
    const WAITING: &str = "SELECT count(*) FROM pg_locks
        WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let shop = with_lines().await;
    let (crm, orders) = (shop.crm.connect().await, shop.orders.connect().await);
    crm.batch_execute("BEGIN; LOCK TABLE customers").await.unwrap();
    orders.batch_execute("BEGIN; LOCK TABLE items").await.unwrap();
    let query = Order::query().with(Order::CUSTOMER.with(Customer::ADDRESSES)).with(Order::ITEMS);
    let dbs = shop.dbs.clone();
    let loading = tokio::spawn(async move { query.all(&dbs).await });
    soon(async {
        while (ask::<i64>(&shop.crm, WAITING).await, ask::<i64>(&shop.orders, WAITING).await) != (1, 1) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    crm.batch_execute("COMMIT").await.unwrap();
    orders.batch_execute("COMMIT").await.unwrap();
    assert_eq!(soon(loading).await.unwrap().unwrap().len(), 3);
}

/// Integers of two widths at the ends of a key, in any order, alone and beside another column.
#[tokio::test]
async fn keys_of_two_widths_meet() {
    let db = server(2).create_database("links").await;
    db.batch(include_str!("../../../schemas/links.sql")).await;
    db.batch(
        "INSERT INTO rooms VALUES ('North', 1, 'hall'), ('North', 2, 'attic');
         INSERT INTO letters VALUES (1, NULL, 'North', 2), (2, 1, 'North', NULL), (3, 1, NULL, NULL)",
    )
    .await;
    let dbs = linked::Databases::lazy(vec![ConnectionConfig::new("links", db.url())]).unwrap();
    let query = Letter::query().order_by(Letter::ID.asc());
    let letters = query.with(Letter::REPLY_TO_LETTER).with(Letter::LETTERS_BY_REPLY_TO).with(Letter::ROOM);
    let letters = letters.all(&dbs).await.unwrap();
    let seen: Vec<_> = letters
        .iter()
        .map(|(_, to, replies, room)| {
            (to.as_ref().map(|to| to.id), replies.len(), room.as_ref().map(|room| room.name.as_str()))
        })
        .collect();
    assert_eq!(seen, [(None, 2, Some("attic")), (Some(1), 0, None), (Some(1), 0, None)]);

    let (first, second) = (&letters[0].0, &letters[1].0);
    let replies = Letter::LETTERS_BY_REPLY_TO.order_by(Letter::ID.desc()).limit(1);
    let replies = replies.load(std::slice::from_ref(first), &dbs).await.unwrap();
    assert_eq!(replies[0][0].id, 3);
    assert_eq!(Letter::REPLY_TO_LETTER.of(second).one(&dbs).await.unwrap().id, 1);
    assert_eq!(Letter::LETTERS_BY_REPLY_TO.of(first).count(&dbs).await.unwrap(), 2);
    assert_eq!(Letter::ROOM.of(first).one(&dbs).await.unwrap().name, "attic");
    assert_eq!(Letter::ROOM.of(second).count(&dbs).await.unwrap(), 0);
}
