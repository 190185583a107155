//! Rows side by side, and queries within queries.

use std::collections::BTreeSet;

use ormgen_runtime::{
    Error, Executor, Filter, Pool,
    config::ConnectionConfig,
    functions::{avg, coalesce, count, exists},
    prelude::*,
    types::Decimal,
};
use ormgen_tests::{
    generated::{
        shop::orders::{Category, Clerk, Invoice, Item, Order, OrderStatus, Orders, Product, Shipment},
        strange::adversarial::{Adversarial, AuthUsers, Membership, MySchemaMyTable, Users},
    },
    server::server,
};

use super::{Tables, orders, statement, statements};

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
}

#[tokio::test]
async fn at_most_one_row_side_by_side() {
    let shop = orders().await;
    let dbs = &shop.dbs;
    let all = Tables::read(dbs).await;
    let by_key = || Order::query().order_by(Order::ID.asc());

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

/// Lines beside their order with its invoice, and their product with its category: for any executor, from a handler.
async fn lines_of(
    dbs: impl Executor<Orders>,
    status: &OrderStatus,
) -> Result<Vec<(Item, (Order, Option<Invoice>), (Product, Category))>, Error> {
    Item::query()
        .join(Item::ORDER.left_join(Order::INVOICE))
        .join(Item::PRODUCT.join(Product::CATEGORY))
        .filter(Item::ORDER.column(Order::STATUS).eq(status))
        .order_by((Item::ORDER_ID.asc(), Item::LINE_NO.asc()))
        .all(dbs)
        .await
}

#[tokio::test]
async fn joins_go_on_from_joined_rows() {
    let shop = orders().await;
    let dbs = &shop.dbs;
    let all = Tables::read(dbs).await;
    let categories = Category::query().all(dbs).await.unwrap();
    let category = |product: &Product| {
        let is_its = |category: &&Category| Some(category.id) == product.category_id.into();
        categories.iter().find(is_its)
    };
    statements(&shop.orders).await;
    let task = tokio::spawn({
        let dbs = dbs.clone();
        async move { lines_of(&dbs, &OrderStatus::Open).await }
    });
    let lines = task.await.unwrap().unwrap();
    let text = statement(&shop.orders).await;
    assert_eq!((text.matches(" LEFT JOIN ").count(), text.matches("JOIN").count()), (1, 4), "{text}");
    let open = all.items.iter().filter(|item| all.order(item).status == OrderStatus::Open);
    let expected = open.filter_map(|item| {
        let (order, product) = (all.order(item), all.product(item));
        let order = (order.clone(), all.invoice(order).cloned());
        Some((item.clone(), order, (product.clone(), category(product)?.clone())))
    });
    assert_eq!(lines, expected.collect::<Vec<_>>());
    assert!(lines.iter().any(|(_, (_, invoice), _)| invoice.is_some()));

    // Rows that a left join keeps, with what leads on from them; two steps from a row, three from another.
    let pairs = Order::query().left_join(Order::ITEMS.left_join(Item::PRODUCT)).all(dbs).await.unwrap();
    let lonely = |pair: &&(Order, Option<(Item, Option<Product>)>)| pair.1.is_none();
    assert_eq!(pairs.iter().filter(lonely).map(|(order, _)| order.id).collect::<Vec<_>>(), [3]);
    assert_eq!(pairs.len(), all.items.len() + 1);
    for (order, item) in pairs {
        let Some((item, product)) = item else { continue };
        assert_eq!((item.order_id, product.map(|product| product.sku)), (order.id, Some(item.sku)));
    }
    let shipped = Shipment::query().join(Shipment::ITEM.join(Item::ORDER.left_join(Order::INVOICE)));
    let shipped = shipped.order_by(Shipment::ID.asc()).all(dbs).await.unwrap();
    let expected = all.shipments.iter().map(|shipment| {
        let item = all.item(shipment);
        let order = all.order(item);
        (shipment.clone(), (item.clone(), (order.clone(), all.invoice(order).cloned())))
    });
    assert_eq!(shipped, expected.collect::<Vec<_>>());
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
        "SELECT _0.id FROM public.orders AS _0 \
         WHERE (_0.id IN (SELECT order_id FROM public.items WHERE (quantity > $1))) ORDER BY _0.id ASC"
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
    database.batch(include_str!("../../../../schemas/adversarial.sql")).await;
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
        .filter(MySchemaMyTable::USER.column(AuthUsers::ID).gt(1))
        .left_join(MySchemaMyTable::USER);
    let (table, user) = tables.one(&pool).await.unwrap();
    assert_eq!((table.id, user.map(|user| user.id)), (3, Some(2)));
    let users = AuthUsers::query().filter(AuthUsers::MY_SCHEMA_MY_TABLES.none(MySchemaMyTable::ID.eq(1)));
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
