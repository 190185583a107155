//! Columns of other rows, and sums over them.

use ormgen_runtime::{
    functions::{coalesce, lower, max, sum},
    prelude::*,
    types::Decimal,
};
use ormgen_tests::generated::shop::orders::{Category, Clerk, Invoice, Item, Order, Product, Shipment};

use super::{Tables, orders, statement, statements};

#[tokio::test]
async fn a_path_is_joined_once() {
    let shop = orders().await;
    let dbs = &shop.dbs;
    let all = Tables::read(dbs).await;
    statements(&shop.orders).await;

    let name = || Item::PRODUCT.column(Product::NAME);
    let category = || Item::PRODUCT.column(Product::CATEGORY.column(Category::NAME));
    let query = Item::query().filter(name().ne("x").and(category().eq("Saws")));
    let rows = query.order_by(name().asc()).order_by(category().asc()).order_by(Item::ORDER_ID.asc());
    let rows = rows.all(dbs).await.unwrap();
    let mut expected: Vec<_> = all.items.iter().filter(|item| all.product(item).category_id == 3).collect();
    expected.sort_by_key(|item| (&all.product(item).name, item.order_id));
    assert!(rows.iter().eq(expected));
    assert_eq!(
        statement(&shop.orders).await,
        "SELECT _0.order_id, _0.line_no, _0.sku, _0.quantity, _0.price FROM public.items AS _0 \
         JOIN public.products AS _1 ON _1.sku = _0.sku \
         JOIN public.categories AS _2 ON _2.id = _1.category_id \
         WHERE ((_1.name <> $1) AND (_2.name = $2)) ORDER BY _1.name ASC, _2.name ASC, _0.order_id ASC"
    );

    // After a row that may be missing, those behind it may be missing as well. The same shape has the same text.
    for _ in 0..2 {
        let clerk = Order::INVOICE.column(Invoice::CREATED_BY_CLERK.column(lower(Clerk::NAME)));
        let clerks = Order::query().order_by(Order::ID.asc()).select((Order::ID, clerk));
        let clerks: Vec<(i64, Option<String>)> = clerks.all(dbs).await.unwrap();
        let names: Vec<_> = clerks.iter().map(|(_, name)| name.as_deref()).collect();
        assert_eq!(names, [Some("kim"), Some("kim"), None, Some("lee"), None]);
    }
    assert_eq!(
        statements(&shop.orders).await,
        ["SELECT _0.id, lower(_2.name) FROM public.orders AS _0 \
         LEFT JOIN public.invoices AS _1 ON _1.order_id = _0.id \
         LEFT JOIN public.clerks AS _2 ON _2.id = _1.created_by ORDER BY _0.id ASC"; 2]
    );

    // By a key of two columns, then by one.
    let prices = Shipment::ITEM.column(Item::PRODUCT.column(Product::PRICE));
    let prices: Vec<Decimal> =
        Shipment::query().order_by(Shipment::ID.asc()).select(prices).all(dbs).await.unwrap();
    let expected = all.shipments.iter().map(|shipment| all.product(all.item(shipment)).price);
    assert!(prices.into_iter().eq(expected));

    // A filter without a path has the text that it always had.
    statements(&shop.orders).await;
    Order::query().filter(Order::ID.gt(3)).order_by(Order::ID.asc()).all(dbs).await.unwrap();
    Order::query().filter(Order::ITEMS.any(Item::SKU.eq("A-1"))).count(dbs).await.unwrap();
    assert_eq!(
        statements(&shop.orders).await,
        [
            "SELECT count(*) FROM (SELECT $2 FROM public.orders AS _0 WHERE EXISTS (SELECT $3 FROM public.items AS _1 \
             WHERE _1.order_id = _0.id AND (_1.sku = $1))) AS counted",
            "SELECT id, customer_id, status, total, placed_at, notes FROM public.orders \
             WHERE (id > $1) ORDER BY id ASC",
        ]
        .map(|text| text.replace("placed_at, notes", "notes, placed_at"))
    );
}

#[tokio::test]
async fn groups_and_sums_across_relations() {
    let shop = orders().await;
    let dbs = &shop.dbs;
    let all = Tables::read(dbs).await;
    let name = || Item::PRODUCT.column(Product::NAME);
    let sold = Item::query()
        .group_by(name())
        .select((name(), sum(Item::QUANTITY), max(Item::ORDER.column(Order::ID))))
        .having(sum(Item::QUANTITY).gt(6i64))
        .order_by(name().asc());
    let sold: Vec<(String, Option<i64>, Option<i64>)> = sold.all(dbs).await.unwrap();
    let quantity = |sku: &str| {
        let items = all.items.iter().filter(|item| item.sku == sku);
        (items.clone().map(|item| i64::from(item.quantity)).sum(), items.map(|item| item.order_id).max())
    };
    let expected = ["A-1", "B-2", "C-3"].map(|sku| {
        let (quantity, last) = quantity(sku);
        (format!("Product {sku}"), Some(quantity), last)
    });
    assert_eq!(sold, expected);

    // Beside each order, what its lines come to: no line multiplies another, and an order without lines stays.
    statements(&shop.orders).await;
    let sums = Order::query().order_by(Order::ID.asc()).select((
        Order::ID,
        Order::ITEMS.count(),
        Order::ITEMS.sum(Item::PRICE),
        Order::ITEMS.max(Item::PRICE - Item::ORDER.column(Order::TOTAL)),
        Order::ITEMS.min(Item::PRODUCT.column(Product::NAME)),
        Order::ITEMS.matching(Item::QUANTITY.gt(4)).sum(Item::QUANTITY),
        Order::ITEMS.sum(Item::SHIPMENTS.count()),
        // Of nothing but the outer row's column: as often as there are lines.
        Order::ITEMS.sum(Item::ORDER.column(Order::ID)),
    ));
    let sums = sums.all(dbs).await.unwrap();
    statement(&shop.orders).await;
    let expected = all.orders.iter().map(|order| {
        let items: Vec<_> = all.items_of(order).collect();
        let some = |sum: i64, of: usize| (of > 0).then_some(sum);
        let many: Vec<_> = items.iter().filter(|item| item.quantity > 4).collect();
        let sent = all.shipments.iter().filter(|shipment| shipment.order_id == order.id).count();
        (
            order.id,
            items.len() as i64,
            items.iter().map(|item| item.price).reduce(|a, b| a + b),
            items.iter().map(|item| item.price - order.total).max(),
            items.iter().map(|item| all.product(item).name.clone()).min(),
            some(many.iter().map(|item| i64::from(item.quantity)).sum(), many.len()),
            some(sent as i64, items.len()).map(Decimal::from),
            some(order.id * items.len() as i64, items.len()).map(Decimal::from),
        )
    });
    assert!(sums.into_iter().eq(expected));
}

#[tokio::test]
async fn what_related_rows_come_to_is_stored() {
    let shop = orders().await;
    let dbs = &shop.dbs;
    let all = Tables::read(dbs).await;
    // What the lines come to; then the price of today.
    let total = coalesce(Order::ITEMS.sum(Item::PRICE), Decimal::ZERO);
    let changed = Order::query().update().set(Order::TOTAL, total).all(dbs).await.unwrap();
    for order in changed {
        assert_eq!(order.total, all.items_of(&order).map(|item| item.price).sum(), "{}", order.id);
    }
    let price = Item::PRODUCT.column(Product::PRICE);
    let changed = Item::query().update().set(Item::PRICE, price).all(dbs).await.unwrap();
    assert!(
        changed.len() == all.items.len() && changed.iter().all(|item| item.price == all.product(item).price)
    );
}
