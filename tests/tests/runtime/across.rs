//! Conditions, columns and sums across relations, joins and subqueries: the rows are those that plain Rust finds, and
//! each query is one statement.

use std::collections::BTreeSet;

use ormgen_runtime::{
    Error, Filter,
    config::ConnectionConfig,
    functions::{avg, coalesce, concat, count, exists, lower, max, sum},
    prelude::*,
    types::Decimal,
};
use ormgen_tests::{
    generated::{
        shop::{
            Databases,
            crm::{Address, Customer, LoyaltyCard, NewAddress, NewLoyaltyCard},
            orders::{
                Category, Clerk, Invoice, Item, NewCategory, NewClerk, NewInvoice, NewItem, NewOrder,
                NewProduct, NewShipment, Order, OrderStatus, Product, Shipment,
            },
        },
        strange::adversarial::{Adversarial, AuthUser77fe, Membership, MySchemaMyTable, Users},
    },
    server::{TestDb, server},
};

use crate::support::{Shop, customer};

/// Orders with and without lines, lines with and without shipments, products in a tree of categories.
async fn orders() -> Shop {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    for (parent_id, name) in [(None, "All"), (Some(1), "Tools"), (Some(2), "Saws"), (None, "Books")] {
        let category = NewCategory { parent_id, name: name.into() };
        Category::insert(category).execute(dbs).await.unwrap();
    }
    for (sku, category_id, price, weight) in [
        ("A-1", 3, 1000, Some(1.5)),
        ("B-2", 3, 250, None),
        ("C-3", 1, 4000, Some(0.2)),
        ("D-4", 4, 90, None),
    ] {
        let name = format!("Product {sku}");
        let product =
            NewProduct { sku: sku.into(), category_id, name, price: Decimal::new(price, 2), weight };
        Product::insert(product).execute(dbs).await.unwrap();
    }
    let lines: [&[(&str, i32, i64)]; 5] = [
        &[("A-1", 1, 900), ("B-2", 6, 250)],
        &[("A-1", 2, 1000)],
        &[],
        &[("B-2", 9, 200), ("C-3", 1, 4000), ("A-1", 5, 1100)],
        &[("C-3", 6, 3900)],
    ];
    for (customer_id, lines) in (1..).zip(lines) {
        let status = if customer_id % 2 == 0 { OrderStatus::Paid } else { OrderStatus::Open };
        let order = Order::insert(NewOrder { customer_id }).set(Order::STATUS, status);
        let order = order.set(Order::TOTAL, Decimal::new(1000, 2)).one(dbs).await.unwrap();
        for (line_no, (sku, quantity, price)) in (1..).zip(lines) {
            let price = Decimal::new(*price, 2);
            let item = NewItem { order_id: order.id, line_no, sku: (*sku).into(), price };
            Item::insert(item).set(Item::QUANTITY, *quantity).execute(dbs).await.unwrap();
        }
    }
    for (order_id, line_no) in [(1, 1), (1, 1), (4, 2)] {
        Shipment::insert(NewShipment { order_id, line_no, sent_at: None }).execute(dbs).await.unwrap();
    }
    for name in ["Kim", "Lee"] {
        Clerk::insert(NewClerk { name: name.into() }).execute(dbs).await.unwrap();
    }
    for (order_id, created_by, approved_by) in [(1, 1, None), (2, 1, Some(2)), (4, 2, Some(2))] {
        let invoice = NewInvoice { order_id, created_by, approved_by };
        Invoice::insert(invoice).execute(dbs).await.unwrap();
    }
    shop.orders.batch("CREATE EXTENSION pg_stat_statements").await;
    shop
}

/// Everyone but Ada was brought by somebody; only Ada has addresses.
async fn customers() -> Shop {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    for (name, referrer) in
        [("Ada", None), ("Bob", Some(1)), ("Cy", Some(2)), ("Dee", Some(1)), ("Eve", Some(4))]
    {
        let insert = Customer::insert(customer(name)).set(Customer::REFERRER_ID, referrer);
        insert.set(Customer::VISITS, 10 - name.len() as i32).execute(dbs).await.unwrap();
    }
    Customer::query()
        .filter(Customer::ID.lte(2))
        .update()
        .set(Customer::VISITS, 3)
        .execute(dbs)
        .await
        .unwrap();
    let (street, postcode) = ("Main Street 1".to_owned(), "1234 AB".to_owned());
    let address = NewAddress { customer_id: 1, street, postcode, city: "Utrecht".into() };
    Address::insert(address).execute(dbs).await.unwrap();
    let card = NewLoyaltyCard { customer_id: 3, expires_on: "2030-01-01".parse().unwrap() };
    LoyaltyCard::insert(card).set(LoyaltyCard::POINTS, 50).execute(dbs).await.unwrap();
    shop
}

/// The statements that this database got since this was last asked, as it keeps them.
async fn statements(db: &TestDb) -> Vec<String> {
    const SQL: &str = "SELECT coalesce(array_agg(query ORDER BY query), '{}') FROM pg_stat_statements
         WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND query LIKE '%public.%'";
    const RESET: &str = "SELECT pg_stat_statements_reset(0, oid, 0) FROM pg_database
         WHERE datname = current_database()";
    let texts = crate::support::ask(db, SQL).await;
    db.batch(RESET).await;
    texts
}

/// The only statement since this was last asked.
async fn statement(db: &TestDb) -> String {
    let statements = statements(db).await;
    assert_eq!(statements.len(), 1, "{statements:?}");
    statements.into_iter().next().unwrap()
}

/// All rows of the second database, for plain Rust.
struct Tables {
    orders: Vec<Order>,
    items: Vec<Item>,
    products: Vec<Product>,
    shipments: Vec<Shipment>,
    invoices: Vec<Invoice>,
}

impl Tables {
    async fn read(dbs: &Databases) -> Self {
        Self {
            orders: Order::query().order_by(Order::ID.asc()).all(dbs).await.unwrap(),
            items: Item::query()
                .order_by(Item::ORDER_ID.asc())
                .order_by(Item::LINE_NO.asc())
                .all(dbs)
                .await
                .unwrap(),
            products: Product::query().all(dbs).await.unwrap(),
            shipments: Shipment::query().order_by(Shipment::ID.asc()).all(dbs).await.unwrap(),
            invoices: Invoice::query().all(dbs).await.unwrap(),
        }
    }

    fn items_of(&self, order: &Order) -> impl Iterator<Item = &Item> {
        let id = order.id;
        self.items.iter().filter(move |item| item.order_id == id)
    }

    fn product(&self, item: &Item) -> &Product {
        self.products.iter().find(|product| product.sku == item.sku).unwrap()
    }

    fn order(&self, item: &Item) -> &Order {
        self.orders.iter().find(|order| order.id == item.order_id).unwrap()
    }

    fn item(&self, shipment: &Shipment) -> &Item {
        let key = (shipment.order_id, shipment.line_no);
        self.items.iter().find(|item| (item.order_id, item.line_no) == key).unwrap()
    }

    fn invoice(&self, order: &Order) -> Option<&Invoice> {
        self.invoices.iter().find(|invoice| invoice.order_id == order.id)
    }

    fn ids(&self, holds: impl Fn(&Order) -> bool) -> Vec<i64> {
        self.orders.iter().filter(|order| holds(order)).map(|order| order.id).collect()
    }
}

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
    for (filter, holds) in cases {
        let text = format!("{filter:?}");
        statements(&shop.orders).await;
        let rows = Order::query().filter(filter).order_by(Order::ID.asc()).all(dbs).await;
        let ids: Vec<i64> =
            rows.unwrap_or_else(|error| panic!("{text}: {error:?}")).iter().map(|row| row.id).collect();
        assert_eq!(ids, all.ids(holds), "{text}");
        assert!(ids.len() < all.orders.len() && !ids.is_empty(), "it tells rows apart: {text}");
        assert_eq!(statements(&shop.orders).await.len(), 1, "{text}");
    }
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
        "SELECT t0.order_id, t0.line_no, t0.sku, t0.quantity, t0.price FROM public.items AS t0 \
         JOIN public.products AS t1 ON t1.sku = t0.sku \
         JOIN public.categories AS t2 ON t2.id = t1.category_id \
         WHERE ((t1.name <> $1) AND (t2.name = $2)) ORDER BY t1.name ASC, t2.name ASC, t0.order_id ASC"
    );

    // After a row that may be missing, those behind it may be missing as well. Twice: prepared once.
    for _ in 0..2 {
        let clerk = Order::INVOICE.column(Invoice::CREATED_BY_CLERK.column(lower(Clerk::NAME)));
        let clerks = Order::query().order_by(Order::ID.asc()).select((Order::ID, clerk));
        let clerks: Vec<(i64, Option<String>)> = clerks.all(dbs).await.unwrap();
        let names: Vec<_> = clerks.iter().map(|(_, name)| name.as_deref()).collect();
        assert_eq!(names, [Some("kim"), Some("kim"), None, Some("lee"), None]);
    }
    assert_eq!(
        statement(&shop.orders).await,
        "SELECT t0.id, lower(t2.name) FROM public.orders AS t0 \
         LEFT JOIN public.invoices AS t1 ON t1.order_id = t0.id \
         LEFT JOIN public.clerks AS t2 ON t2.id = t1.created_by ORDER BY t0.id ASC"
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
            "SELECT count(*) FROM (SELECT $2 FROM public.orders WHERE EXISTS (SELECT $3 FROM public.items AS t1 \
             WHERE t1.order_id = public.orders.id AND (t1.sku = $1))) AS counted",
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

    // What the lines come to, stored; the price of today, stored.
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

#[tokio::test]
async fn rows_side_by_side() {
    let shop = orders().await;
    let dbs = &shop.dbs;
    let all = Tables::read(dbs).await;
    statements(&shop.orders).await;

    let lines = Item::query()
        .join(Item::ORDER)
        .join(Item::PRODUCT)
        .filter(Item::ORDER.column(Order::STATUS).eq(OrderStatus::Open))
        .order_by(Item::PRODUCT.column(Product::NAME).asc())
        .order_by(Item::ORDER_ID.asc());
    let lines: Vec<(Item, Order, Product)> = lines.all(dbs).await.unwrap();
    let text = statement(&shop.orders).await;
    assert_eq!(text.matches("JOIN").count(), 2, "{text}");
    let mut expected: Vec<_> =
        all.items.iter().filter(|item| all.order(item).status == OrderStatus::Open).collect();
    expected.sort_by_key(|item| (&all.product(item).name, item.order_id));
    let beside = |item: &Item| (item.clone(), all.order(item).clone(), all.product(item).clone());
    assert!(lines.into_iter().eq(expected.into_iter().map(beside)));

    // To many: a pair each; or none beside it.
    let by_key = || Order::query().order_by(Order::ID.asc());
    let key = |item: &Item| (item.order_id, item.line_no);
    let pairs: Vec<(Order, Item)> = by_key().join(Order::ITEMS).all(dbs).await.unwrap();
    assert!(pairs.iter().all(|(order, item)| order.id == item.order_id));
    assert_eq!(
        pairs.iter().map(|(_, item)| key(item)).collect::<BTreeSet<_>>(),
        all.items.iter().map(key).collect()
    );
    assert_eq!(pairs.len(), all.items.len());
    let pairs: Vec<(Order, Option<Item>)> = by_key().left_join(Order::ITEMS).all(dbs).await.unwrap();
    let lonely: Vec<_> = pairs.iter().filter(|(_, item)| item.is_none()).map(|(order, _)| order.id).collect();
    assert_eq!((pairs.len(), lonely), (all.items.len() + 1, vec![3]));

    // At most one.
    let invoices: Vec<(Order, Invoice)> = by_key().join(Order::INVOICE).all(dbs).await.unwrap();
    assert_eq!(invoices.iter().map(|(order, _)| order.id).collect::<Vec<_>>(), [1, 2, 4]);
    let invoices: Vec<(Order, Option<Invoice>)> = by_key().left_join(Order::INVOICE).all(dbs).await.unwrap();
    let expected = all.orders.iter().map(|order| (order.clone(), all.invoice(order).cloned()));
    assert!(invoices.into_iter().eq(expected));
    statements(&shop.orders).await;
    let clerks = Invoice::query()
        .left_join(Invoice::APPROVED_BY_CLERK)
        .join(Invoice::CREATED_BY_CLERK)
        .join(Invoice::ORDER)
        .filter(Invoice::APPROVED_BY_CLERK.column(Clerk::NAME).is_null());
    let (invoice, approved, created, order): (Invoice, Option<Clerk>, Clerk, Order) =
        clerks.one(dbs).await.unwrap();
    assert_eq!((invoice.order_id, approved, created.name.as_str(), order.id), (1, None, "Kim", 1));
    let text = statement(&shop.orders).await;
    assert_eq!((text.matches(" LEFT JOIN ").count(), text.matches("JOIN").count()), (1, 3), "{text}");
    // An inner join of what was joined already leaves out those without.
    let both = Order::query().left_join(Order::INVOICE).join(Order::INVOICE).all(dbs).await.unwrap();
    assert_eq!(both.len(), 3);

    let page = by_key().join(Order::ITEMS).limit(2).offset(1).all(dbs).await.unwrap();
    assert_eq!(page.iter().map(|(order, _)| order.id).collect::<Vec<_>>(), [1, 2]);
    let none = Order::query().filter(Order::ID.eq(3)).join(Order::ITEMS).one(dbs).await;
    assert!(matches!(none, Err(Error::NotFound { model: "Order", .. })));
    // The lock is on the orders: those that were joined may be missing.
    let tx = dbs.orders.begin().await.unwrap();
    let locked = Order::query().for_update().left_join(Order::INVOICE).all(&tx).await.unwrap();
    assert_eq!(locked.len(), 5);
    tx.rollback().await.unwrap();
}

#[tokio::test]
async fn queries_within_queries() {
    let shop = orders().await;
    let dbs = &shop.dbs;
    let all = Tables::read(dbs).await;
    let keys = || Item::query().filter(Item::QUANTITY.gt(4)).select(Item::ORDER_ID);
    let many = |order: &Order| all.items_of(order).any(|item| item.quantity > 4);
    let ids = async |filter: Filter<Order>| {
        Order::query().filter(filter).order_by(Order::ID.asc()).select(Order::ID).all(dbs).await.unwrap()
    };
    statements(&shop.orders).await;
    assert_eq!(ids(Order::ID.in_query(keys())).await, all.ids(many));
    assert_eq!(
        statement(&shop.orders).await,
        "SELECT id FROM public.orders WHERE (id IN (SELECT order_id FROM public.items WHERE (quantity > $1))) \
         ORDER BY id ASC"
    );
    assert_eq!(ids(Order::ID.not_in_query(keys())).await, all.ids(|order| !many(order)));
    // With paths, sums and a limit inside; beside a condition that refers to the outer row.
    let saws = Item::PRODUCT.column(Product::CATEGORY.column(Category::NAME)).eq("Saws");
    let dearest = Item::query().filter(saws.and(Item::SHIPMENTS.is_empty()));
    let dearest = dearest.order_by(Item::PRICE.desc()).limit(1).select(Item::ORDER_ID);
    assert_eq!(ids(Order::ITEMS.exists().and(Order::ID.in_query(dearest))).await, [4]);
    let again = Order::query().filter(Order::ITEMS.any(Item::SKU.eq("C-3"))).select(Order::ID);
    let nested = Order::ITEMS.any(Item::ORDER_ID.in_query(again));
    assert_eq!(ids(nested).await, all.ids(|order| all.items_of(order).any(|item| item.sku == "C-3")));

    let quantity = |least: i32| exists(Item::query().filter(Item::QUANTITY.gt(least)));
    assert_eq!((ids(quantity(8)).await.len(), ids(quantity(9)).await.len()), (5, 0));
    assert_eq!(ids(not(quantity(9)).and(Order::ID.lt(3))).await, [1, 2]);

    let average = || Product::query().select(avg(Product::PRICE)).scalar();
    let above =
        Product::query().filter(Product::PRICE.gt(average())).select(Product::SKU).all(dbs).await.unwrap();
    assert_eq!(above, ["C-3"]);
    let nothing = Product::query().filter(Product::SKU.eq("Z-9")).select(Product::PRICE).scalar();
    assert_eq!(Product::query().filter(Product::PRICE.gt(nothing)).count(dbs).await.unwrap(), 0);
    let per_product: Vec<(String, i64, Option<Decimal>)> = Product::query()
        .order_by(Product::SKU.asc())
        .select((Product::SKU, Product::ITEMS.count(), average()))
        .all(dbs)
        .await
        .unwrap();
    let mean = Some("13.35".parse().unwrap());
    let per_product: Vec<_> = per_product
        .iter()
        .map(|(sku, lines, mean)| (sku.as_str(), *lines, mean.map(|mean| mean.normalize())))
        .collect();
    assert_eq!(per_product, [("A-1", 3, mean), ("B-2", 2, mean), ("C-3", 2, mean), ("D-4", 0, mean)]);
    let groups = Item::query().group_by(Item::ORDER_ID).select(Item::ORDER_ID).having(count().gt(2));
    assert_eq!(ids(Order::ID.in_query(groups)).await, [4]);

    let update = Order::query().filter(Order::ID.in_query(keys())).update();
    let average = Product::query().select(avg(Product::PRICE)).scalar();
    let update = update.set(Order::TOTAL, coalesce(average, Decimal::ZERO));
    assert_eq!(update.execute(dbs).await.unwrap() as usize, all.ids(many).len());
    let deleted = Shipment::query().filter(Shipment::ORDER_ID.in_query(keys())).delete().execute(dbs).await;
    assert_eq!(deleted.unwrap(), 3);
}

#[tokio::test]
async fn any_names() {
    let database = server(1).create_database("adversarial").await;
    database.batch(include_str!("../../../schemas/adversarial.sql")).await;
    database
        .batch(
            r#"INSERT INTO auth.users VALUES (1), (2);
               INSERT INTO "my schema"."my table" VALUES (1, 1), (2, NULL), (3, 2);
               INSERT INTO users (id, "user name") VALUES (1, 'one'), (2, 'two');
               INSERT INTO memberships (user_id, "userId", user_uuid) VALUES (1, 2, NULL), (2, 1, 2);"#,
        )
        .await;
    let pool: Pool<Adversarial> = Pool::new(&ConnectionConfig::new("adversarial", database.url())).unwrap();
    let tables = MySchemaMyTable::query()
        .filter(MySchemaMyTable::USER.column(AuthUser77fe::ID).gt(1))
        .left_join(MySchemaMyTable::USER);
    let (table, user) = tables.one(&pool).await.unwrap();
    assert_eq!((table.id, user.map(|user| user.id)), (3, Some(2)));
    let users =
        AuthUser77fe::query().filter(AuthUser77fe::MY_SCHEMA_MY_TABLES.none(MySchemaMyTable::ID.eq(1)));
    assert_eq!(users.one(&pool).await.unwrap().id, 2);

    // Two keys to one table: two joins.
    let one = || Membership::USER_4D04.column(Users::USER_NAME_20EA);
    let other = || Membership::USER_5C44.column(Users::USER_NAME_20EA);
    let names = Membership::query().order_by(one().asc()).select((one(), other()));
    let text = |name: &str| Some(name.to_owned());
    let names = names.all(&pool).await.unwrap();
    assert_eq!(names, [(text("one"), text("two")), (text("two"), text("one"))]);
    let deleted = Membership::query().filter(Membership::USER_UUID_USER.column(Users::ID).eq(2)).delete();
    assert_eq!(deleted.execute(&pool).await.unwrap(), 1);
}
