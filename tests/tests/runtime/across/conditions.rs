//! Conditions on related rows, and the same condition in every kind of statement.

use std::collections::BTreeSet;

use ormgen_runtime::{Filter, functions::concat, prelude::*, types::Decimal};
use ormgen_tests::generated::shop::{
    crm::{Customer, LoyaltyCard},
    orders::{Category, Clerk, Invoice, Item, Order, OrderStatus, Product, Shipment},
};

use super::{Tables, customers, orders, statements};

#[tokio::test]
async fn conditions_on_related_rows() {
    let shop = orders().await;
    let dbs = &shop.dbs;
    let all = Tables::read(dbs).await;
    let four = || Item::QUANTITY.gt(4);
    type Holds<'a> = Box<dyn Fn(&Order) -> bool + 'a>;
    let any = |holds: fn(&Item) -> bool| -> Holds<'_> {
        let all = &all;
        Box::new(move |order| all.items_of(order).any(holds))
    };
    let cases: Vec<(Filter<Order>, Holds<'_>)> = vec![
        (Order::ITEMS.any(Item::SKU.eq("A-1")), any(|item| item.sku == "A-1")),
        (Order::ITEMS.none(four()), Box::new(|order| !all.items_of(order).any(|item| item.quantity > 4))),
        (Order::ITEMS.all(four()), Box::new(|order| all.items_of(order).all(|item| item.quantity > 4))),
        (Order::ITEMS.exists(), any(|_| true)),
        (Order::ITEMS.is_empty(), Box::new(|order| all.items_of(order).count() == 0)),
        (not(Order::ITEMS.exists()), Box::new(|order| all.items_of(order).count() == 0)),
        // Nested, through a key of two columns.
        (
            Order::ITEMS.any(Item::SHIPMENTS.exists()),
            Box::new(|order| all.shipments.iter().any(|shipment| shipment.order_id == order.id)),
        ),
        // Both in one row, and in two.
        (
            Order::ITEMS.any(Item::SKU.eq("A-1").and(four())),
            any(|item| item.sku == "A-1" && item.quantity > 4),
        ),
        (
            Order::ITEMS.any(Item::SKU.eq("A-1")).and(Order::ITEMS.any(four())),
            Box::new(|order| {
                all.items_of(order).any(|item| item.sku == "A-1")
                    && all.items_of(order).any(|item| item.quantity > 4)
            }),
        ),
        // To one row, through a column of it that may be NULL.
        (
            Order::ITEMS.any(Item::PRODUCT.any(Product::WEIGHT.gt(1.0))),
            Box::new(|order| all.items_of(order).any(|item| all.product(item).weight > Some(1.0))),
        ),
        (
            Order::ITEMS.none(Item::PRODUCT.column(Product::WEIGHT).gt(1.0)),
            Box::new(|order| !all.items_of(order).any(|item| all.product(item).weight > Some(1.0))),
        ),
        // NULL is not over 0.1, so it does not hold for all.
        (
            Order::ITEMS.all(Item::PRODUCT.column(Product::WEIGHT).gt(0.1)),
            Box::new(|order| all.items_of(order).all(|item| all.product(item).weight > Some(0.1))),
        ),
        // The row that they belong to, named from inside.
        (
            Order::ITEMS.any(Item::PRICE.gt(Item::ORDER.column(Order::TOTAL))),
            Box::new(|order| all.items_of(order).any(|item| item.price > order.total)),
        ),
        (
            Order::ITEMS.any(Item::PRICE.lt(Item::PRODUCT.column(Product::PRICE)).or(four())),
            Box::new(|order| {
                all.items_of(order).any(|item| item.price < all.product(item).price || item.quantity > 4)
            }),
        ),
        // At most one row.
        (
            Order::INVOICE.column(Invoice::APPROVED_BY).is_null(),
            Box::new(|order| all.invoice(order).and_then(|invoice| invoice.approved_by).is_none()),
        ),
        (
            Order::INVOICE.column(Invoice::CREATED_BY_CLERK.column(Clerk::NAME)).eq("Kim"),
            Box::new(|order| all.invoice(order).is_some_and(|invoice| invoice.created_by == 1)),
        ),
        (
            Order::INVOICE.none(Invoice::APPROVED_BY_CLERK.exists()),
            Box::new(|order| all.invoice(order).is_none_or(|invoice| invoice.approved_by.is_none())),
        ),
        // Sums and counts.
        (Order::ITEMS.count().gte(2), Box::new(|order| all.items_of(order).count() >= 2)),
        (
            Order::ITEMS.matching(four()).count().eq(1),
            Box::new(|order| all.items_of(order).filter(|item| item.quantity > 4).count() == 1),
        ),
        (
            Order::ITEMS.sum(Item::PRICE).gt(Order::TOTAL),
            Box::new(|order| all.items_of(order).map(|item| item.price).sum::<Decimal>() > order.total),
        ),
    ];
    let count = cases.len();
    statements(&shop.orders).await;
    for (filter, holds) in cases {
        let text = format!("{filter:?}");
        let rows = Order::query().filter(filter).order_by(Order::ID.asc()).all(dbs).await;
        let ids: Vec<i64> =
            rows.unwrap_or_else(|error| panic!("{text}: {error:?}")).iter().map(|row| row.id).collect();
        assert_eq!(ids, all.ids(holds), "{text}");
        assert!(ids.len() < all.orders.len() && !ids.is_empty(), "it tells rows apart: {text}");
    }
    assert_eq!(statements(&shop.orders).await.len(), count);
}

#[tokio::test]
async fn the_same_filter_wherever_rows_are_chosen() {
    let shop = orders().await;
    let dbs = &shop.dbs;
    let all = Tables::read(dbs).await;
    // A condition on many, one through a row that is always there, one through one that may be missing.
    let filters: [fn() -> Filter<Item>; 4] = [
        || Item::SHIPMENTS.is_empty().and(Item::ORDER.any(Order::ITEMS.count().gt(1))),
        || Item::ORDER.column(Order::STATUS).eq(OrderStatus::Open),
        || {
            Item::PRODUCT
                .column(Product::CATEGORY.column(Category::PARENT.column(Category::NAME)))
                .eq("Tools")
        },
        || Item::ORDER.column(Order::INVOICE.column(Invoice::APPROVED_BY)).is_null(),
    ];
    let key = |item: &Item| (item.order_id, item.line_no);
    for filter in filters {
        let query = || Item::query().filter(filter());
        let ordered =
            || query().order_by(Item::PRODUCT.column(Product::NAME).desc()).order_by(Item::ORDER_ID.asc());
        let rows = ordered().all(dbs).await.unwrap();
        let text = format!("{:?}", filter());
        assert!((1..all.items.len()).contains(&rows.len()), "{text}");
        let sorted = rows.windows(2).all(|pair| all.product(&pair[0]).name >= all.product(&pair[1]).name);
        assert!(sorted, "{text}");
        let keys: BTreeSet<_> = rows.iter().map(key).collect();
        assert_eq!(query().count(dbs).await.unwrap(), keys.len() as i64, "{text}");
        assert_eq!(ordered().limit(1).count(dbs).await.unwrap(), 1);
        assert!(query().exists(dbs).await.unwrap());
        assert_eq!(ordered().first(dbs).await.unwrap().as_ref(), rows.first());
        let with = ordered().with(Item::ORDER).all(dbs).await.unwrap();
        assert!(with.iter().map(|(item, _)| item).eq(&rows));
        let selected = ordered().select((Item::ORDER_ID, Item::LINE_NO)).all(dbs).await.unwrap();
        assert!(selected.iter().copied().eq(rows.iter().map(key)));
        let locked = dbs.orders.transaction(async |tx| ordered().for_update().all(tx).await).await.unwrap();
        assert_eq!(locked, rows);

        let tx = dbs.orders.begin().await.unwrap();
        let changed = query().update().set(Item::QUANTITY, Item::QUANTITY * 2).all(&tx).await.unwrap();
        assert_eq!(changed.iter().map(key).collect::<BTreeSet<_>>(), keys, "{text}");
        tx.rollback().await.unwrap();
        let tx = dbs.orders.begin().await.unwrap();
        Shipment::query().delete().execute(&tx).await.unwrap();
        let deleted: BTreeSet<_> = query().delete().all(&tx).await.unwrap().iter().map(key).collect();
        assert!(deleted.is_superset(&keys), "{text}");
        tx.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn a_table_beside_itself() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let names = async |filter: Filter<Customer>| {
        let query = Customer::query().filter(filter).order_by(Customer::NAME.asc());
        query.select(Customer::NAME).all(dbs).await.unwrap().join(" ")
    };
    let ada = || Customer::NAME.eq("Ada");
    assert_eq!(names(Customer::REFERRER.any(ada())).await, "Bob Dee");
    assert_eq!(names(Customer::REFERRER.any(Customer::REFERRER.any(ada()))).await, "Cy Eve");
    assert_eq!(names(Customer::REFERRER.none(ada())).await, "Ada Cy Eve");
    assert_eq!(names(Customer::REFERRER.column(Customer::NAME).ne("Ada")).await, "Cy Eve");
    assert_eq!(
        names(Customer::REFERRER.column(Customer::REFERRER.column(Customer::NAME)).eq("Ada")).await,
        "Cy Eve"
    );
    assert_eq!(names(Customer::CUSTOMERS_BY_REFERRER.is_empty()).await, "Cy Eve");
    assert_eq!(names(Customer::CUSTOMERS_BY_REFERRER.count().eq(2)).await, "Ada");
    // Who was brought by someone with fewer visits: Ada and Bob have 3, Cy 8, Dee and Eve 7.
    assert_eq!(names(Customer::VISITS.gt(Customer::REFERRER.column(Customer::VISITS))).await, "Cy Dee");
    let fewer = Customer::VISITS.gt(Customer::REFERRER.column(Customer::VISITS));
    assert_eq!(names(Customer::CUSTOMERS_BY_REFERRER.any(fewer)).await, "Ada Bob");
    let card = || Customer::LOYALTY_CARD.any(LoyaltyCard::CUSTOMER.column(Customer::VISITS).gt(5));
    assert_eq!(names(card()).await, "Cy");
    // A card that is missing leads nowhere, and not back.
    let back = || Customer::LOYALTY_CARD.column(LoyaltyCard::CUSTOMER.column(Customer::NAME));
    assert_eq!(names(back().is_not_null()).await, "Cy");

    let update = Customer::query().filter(back().is_not_null().and(card())).update();
    let changed = update.set(Customer::NAME, concat(Customer::NAME, "!")).all(dbs).await.unwrap();
    assert_eq!(changed.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Cy!"]);
    let deleted = Customer::query().filter(Customer::REFERRER.any(Customer::REFERRER.any(ada())));
    assert_eq!(deleted.delete().execute(dbs).await.unwrap(), 2);
}
