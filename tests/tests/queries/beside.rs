//! Related rows beside rows that are joined, and beside rows that come as a stream.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::{StreamExt as _, TryStreamExt as _};
use ormgen_runtime::{Isolation, Result, TransactionOptions, config::ConnectionConfig, prelude::*};
use ormgen_tests::{
    generated::shop::{
        Databases,
        crm::Customer,
        orders::{Invoice, Item, NewShipment, NewTag, Order, Orders, Product, Shipment, Tag},
    },
    shop::{Shop, ask_counted, customers, order, products},
};

/// Two orders: one with two lines, of which the first was sent in two parts, and one with a line that was not sent.
async fn two_orders() -> Shop {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    products(dbs, &["A-1", "B-2"]).await;
    order(dbs, 1, &["A-1", "B-2"]).await;
    order(dbs, 2, &["B-2"]).await;
    for _ in 0..2 {
        let shipment = NewShipment { order_id: 1, line_no: 1, sent_at: None };
        Shipment::insert(shipment).execute(dbs).await.unwrap();
    }
    shop
}

#[tokio::test]
async fn relations_are_loaded_beside_joined_rows() {
    let shop = two_orders().await;
    let dbs = &shop.dbs;
    let in_order = (Item::ORDER_ID.asc(), Item::LINE_NO.asc());
    let joined = Item::query().order_by(in_order).join(Item::ORDER).left_join(Item::PRODUCT);
    type Line = ((Item, Vec<Shipment>), Order, Option<Product>);
    let lines: Vec<Line> = joined.clone().with(Item::SHIPMENTS).all(dbs).await.unwrap();
    let shown: Vec<_> = lines
        .iter()
        .map(|((item, shipments), order, product)| {
            assert_eq!(item.order_id, order.id);
            (order.customer_id, product.as_ref().unwrap().sku.as_str(), shipments.len())
        })
        .collect();
    assert_eq!(shown, [(1, "A-1", 2), (1, "B-2", 0), (2, "B-2", 0)]);
    // Narrowed and counted after the relation is named; and the other way round.
    let narrowed = joined.with(Item::SHIPMENTS).filter(Item::ORDER.column(Order::CUSTOMER_ID).eq(1));
    assert_eq!(narrowed.clone().count(dbs).await.unwrap(), 2);
    let second = narrowed.offset(1).limit(5).one(dbs).await.unwrap();
    assert_eq!((second.0.0.line_no, second.0.1.len()), (2, 0));
    let query = || Item::query().with(Item::SHIPMENTS).order_by((Item::ORDER_ID.asc(), Item::LINE_NO.asc()));
    let again = query().join(Item::ORDER).left_join(Item::PRODUCT).all(dbs).await.unwrap();
    assert_eq!(format!("{again:?}"), format!("{lines:?}"));
    let first = query().left_join(Item::ORDER).join(Item::PRODUCT).first(dbs).await.unwrap().unwrap();
    assert_eq!((first.0.1.len(), first.1.unwrap().id, first.2.sku.as_str()), (2, 1, "A-1"));
    // A row that is joined to several others has its related rows each time; a reference is one as well.
    let orders = Order::query().order_by(Order::ID.asc()).join(Order::ITEMS);
    let orders = orders.with(Order::INVOICE).with(Order::ITEMS.order_by(Item::LINE_NO.asc()));
    let orders: Vec<((Order, Option<Invoice>, Vec<Item>), Item)> = orders.all(dbs).await.unwrap();
    assert_eq!(orders.iter().map(|((_, _, items), _)| items.len()).collect::<Vec<_>>(), [2, 2, 1]);
}

#[tokio::test]
async fn some_columns_are_loaded_of_related_rows() {
    let shop = two_orders().await;
    let dbs = &shop.dbs;
    let lines = || Order::ITEMS.select((Item::SKU, Item::PRODUCT.column(Product::NAME)));
    let sorted = lines().order_by(Item::SKU.desc());
    let orders: Vec<(Order, Vec<(String, String)>)> =
        Order::query().order_by(Order::ID.asc()).with(sorted).all(dbs).await.unwrap();
    let shown: Vec<Vec<&str>> =
        orders.iter().map(|(_, lines)| lines.iter().map(|(sku, _)| &sku[..]).collect()).collect();
    assert_eq!(shown, [vec!["B-2", "A-1"], vec!["B-2"]]);
    assert_eq!(orders[0].1[0].1, "Product B-2");
    // Filtered and limited for each order; before and after the selection; loaded beside rows that were read before.
    let first = lines().filter(Item::QUANTITY.eq(1)).order_by(Item::LINE_NO.asc()).limit(1);
    let rows: Vec<Order> = orders.into_iter().map(|(order, _)| order).collect();
    let loaded = first.load(&rows, dbs).await.unwrap();
    assert_eq!(loaded.iter().map(|lines| lines[0].0.as_str()).collect::<Vec<_>>(), ["A-1", "B-2"]);
    let dear = Order::ITEMS.filter(Item::QUANTITY.gt(1000)).select(Item::SKU).load(&rows, dbs).await.unwrap();
    assert_eq!(dear, [vec![""; 0], vec![]]);
    assert_eq!(Order::ITEMS.select(Item::SKU).load(&[], dbs).await.unwrap(), [vec![""; 0]; 0]);
    // A key of two columns, and a condition on related rows as a value.
    let items = Item::query().order_by((Item::ORDER_ID.asc(), Item::LINE_NO.asc()));
    let items = items.with(Item::SHIPMENTS.select(Shipment::SENT_AT.is_null())).all(dbs).await.unwrap();
    let shown: Vec<_> = items.iter().map(|(_, sent)| &sent[..]).collect();
    assert_eq!(shown, [&[true, true][..], &[], &[]]);
    // Exactly one row, at most one, one of another database, through a join table.
    let items = Item::query().order_by((Item::ORDER_ID.asc(), Item::LINE_NO.asc()));
    let one = Item::PRODUCT.select(Product::NAME);
    let filtered = Item::PRODUCT.select(Product::NAME).filter(Product::SKU.eq("A-1"));
    let items: Vec<(Item, String, Option<String>)> = items.with(one).with(filtered).all(dbs).await.unwrap();
    let names: Vec<_> = items.iter().map(|(_, name, filtered)| (&name[8..], filtered.is_some())).collect();
    assert_eq!(names, [("A-1", true), ("B-2", false), ("B-2", false)]);
    Customer::insert_many(customers(1)).execute(dbs).await.unwrap();
    let far = Order::query().order_by(Order::ID.asc()).with(Order::CUSTOMER.select(Customer::NAME));
    let far: Vec<(Order, Option<String>)> = far.all(dbs).await.unwrap();
    assert_eq!(far.iter().map(|(_, name)| name.as_deref()).collect::<Vec<_>>(), [Some("c0"), None]);
    for (name, sku) in [("new", "A-1"), ("old", "A-1"), ("new", "B-2")] {
        let tag = NewTag { name: name.into() };
        Tag::insert(tag).on_conflict(Tag::NAME).do_nothing().execute(dbs).await.unwrap();
        let tag = Tag::query().filter(Tag::NAME.eq(name)).one(dbs).await.unwrap();
        Product::TAGS
            .of(&Product::find(sku).one(dbs).await.unwrap())
            .add([tag.id])
            .execute(dbs)
            .await
            .unwrap();
    }
    let tags = || Product::TAGS.select((Tag::NAME, Tag::ID + 0)).order_by(Tag::NAME.desc());
    let products = Product::query().order_by(Product::SKU.asc()).with(tags()).with(tags().limit(1));
    let products = products.all(dbs).await.unwrap();
    let shown: Vec<_> = products.iter().map(|(_, tags, first)| (tags.len(), first[0].0.as_str())).collect();
    assert_eq!(shown, [(2, "old"), (1, "new")]);
}

/// A row of the join table that links to no tag, since its far key is NULL.
#[tokio::test]
async fn a_left_join_through_a_join_table_keeps_its_rows_that_link_to_nothing() {
    let shop = two_orders().await;
    let dbs = &shop.dbs;
    shop.orders
        .batch(
            "ALTER TABLE product_tags DROP CONSTRAINT product_tags_pkey;
             ALTER TABLE product_tags ALTER COLUMN tag_id DROP NOT NULL;
             INSERT INTO tags (name) VALUES ('new');
             INSERT INTO product_tags VALUES ('A-1', 1), ('A-1', NULL)",
        )
        .await;
    let query = || Product::query().order_by(Product::SKU.asc());
    let mut pairs: Vec<(Product, Option<Tag>)> = query().left_join(Product::TAGS).all(dbs).await.unwrap();
    pairs.sort_by_key(|(product, tag)| (product.sku.clone(), tag.is_none()));
    let shown: Vec<_> = pairs.iter().map(|(product, tag)| (&product.sku[..], tag.is_some())).collect();
    assert_eq!(shown, [("A-1", true), ("A-1", false), ("B-2", false)]);
    let linked: Vec<(Product, Tag)> = Product::query().join(Product::TAGS).all(dbs).await.unwrap();
    assert_eq!(linked.len(), 1);
    let loaded = query().with(Product::TAGS).all(dbs).await.unwrap();
    assert_eq!(loaded.iter().map(|(_, tags)| tags.len()).collect::<Vec<_>>(), [1, 0]);
    let tagged = Product::query().filter(Product::TAGS.any(Tag::ID.is_not_null())).count(dbs).await.unwrap();
    assert_eq!(tagged, 1);
}

const ORDERS: i64 = 600;

/// Orders of which each second has a line, each of a customer in the other database.
async fn many_orders(settings: impl Fn(ConnectionConfig) -> ConnectionConfig) -> Shop {
    let shop = Shop::open_with(settings).await;
    Customer::insert_many(customers(3)).execute(&shop.dbs).await.unwrap();
    products(&shop.dbs, &["A-1"]).await;
    shop.orders
        .batch(&format!(
            "INSERT INTO orders (customer_id) SELECT 1 + n % 3 FROM generate_series(1, {ORDERS}) AS n;
             INSERT INTO items (order_id, line_no, sku, price) SELECT id, 1, 'A-1', 1 FROM orders WHERE id % 2 = 0;
             CREATE EXTENSION pg_stat_statements"
        ))
        .await;
    shop
}

fn in_order() -> ormgen_runtime::Query<Order> {
    Order::query().order_by(Order::ID.asc())
}

fn has_what_belongs_to_it((order, items): &(Order, Vec<Item>)) -> bool {
    items.len() == usize::from(order.id % 2 == 0) && items.iter().all(|item| item.order_id == order.id)
}

#[tokio::test]
async fn a_stream_has_related_rows_wherever_it_runs() {
    let shop = many_orders(|connection| connection.max_size(1)).await;
    let dbs = &shop.dbs;
    let all = in_order().with(Order::ITEMS).all(dbs).await.unwrap();
    assert!(all.len() == 600 && all.iter().all(has_what_belongs_to_it));
    let expected = format!("{all:?}");
    let query = || in_order().with(Order::ITEMS);
    let rows: Vec<_> = query().stream(dbs).await.unwrap().try_collect().await.unwrap();
    assert_eq!(format!("{rows:?}"), expected);
    let rows: Vec<_> = query().stream(&dbs.orders).await.unwrap().try_collect().await.unwrap();
    assert_eq!(format!("{rows:?}"), expected);
    let rows: Vec<_> = query().stream(&dbs.orders.read_only()).await.unwrap().try_collect().await.unwrap();
    assert_eq!(format!("{rows:?}"), expected);
    let rows: Vec<_> = query().stream_owned(dbs.clone()).await.unwrap().try_collect().await.unwrap();
    assert_eq!(format!("{rows:?}"), expected);
    let tx = dbs.orders.begin().await.unwrap();
    let rows: Vec<_> = query().stream(&tx).await.unwrap().try_collect().await.unwrap();
    assert_eq!(format!("{rows:?}"), expected);
    tx.commit().await.unwrap();
    let connection = dbs.orders.connection().await.unwrap();
    let rows: Vec<_> = query().stream(&connection).await.unwrap().try_collect().await.unwrap();
    assert_eq!(format!("{rows:?}"), expected);
    drop(connection);
    // Joined and annotated rows; a reference, which is loaded in the other database.
    let joined = Item::query().join(Item::ORDER).with(Item::PRODUCT).stream(dbs).await.unwrap();
    let joined: Vec<((Item, Product), Order)> = joined.try_collect().await.unwrap();
    assert_eq!(joined.len(), 300);
    let annotated = in_order().annotate(Order::ITEMS.count()).with(Order::CUSTOMER).with(Order::ITEMS);
    let annotated: Vec<_> = annotated.stream(dbs).await.unwrap().try_collect().await.unwrap();
    for ((order, customer, items), count) in &annotated {
        assert_eq!(customer.as_ref().unwrap().id, order.customer_id);
        assert_eq!(i64::try_from(items.len()).unwrap(), *count);
    }
    assert_eq!(annotated.len(), 600);
}

#[tokio::test]
async fn a_stream_loads_the_related_rows_of_some_rows_at_a_time() {
    let shop = many_orders(|connection| connection.max_size(1)).await;
    let dbs = &shop.dbs;
    let loads = async || {
        const SQL: &str = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements
             WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND query LIKE 'SELECT %FROM public.items WHERE order_id = ANY%'";
        ask_counted::<i64>(&shop.orders, SQL).await
    };
    assert_eq!(loads().await, 0);
    let mut stream = in_order().with(Order::ITEMS).stream(dbs).await.unwrap();
    assert!(has_what_belongs_to_it(&stream.next().await.unwrap().unwrap()));
    // What others store meanwhile is not in the stream, neither the rows nor what belongs to them.
    shop.orders.batch("DELETE FROM items").await;
    let rest: Vec<_> = stream.try_collect().await.unwrap();
    assert!(rest.len() == 599 && rest.iter().all(has_what_belongs_to_it));
    assert_eq!(loads().await, 3);
    assert_eq!(Item::query().count(dbs).await.unwrap(), 0);
    // One that is dropped half-way gives its connection back, the pool's only one.
    let mut stream = in_order().with(Order::ITEMS).stream(dbs).await.unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert_eq!(Order::query().count(dbs).await.unwrap(), ORDERS);
}

#[tokio::test]
async fn other_statements_run_while_a_stream_with_relations_is_open() {
    let shop = many_orders(|connection| connection.max_size(1)).await;
    let dbs = &shop.dbs;
    let tx =
        dbs.orders.begin_with(TransactionOptions::new().isolation(Isolation::RepeatableRead)).await.unwrap();
    let mut rows = in_order().with(Order::ITEMS).stream(&tx).await.unwrap();
    let mut seen = 0;
    while let Some((order, items)) = rows.try_next().await.unwrap() {
        if let [item] = &items[..] {
            item.update().set(Item::QUANTITY, 7).execute(&tx).await.unwrap();
        }
        seen += order.id;
    }
    drop(rows);
    assert_eq!(Item::query().filter(Item::QUANTITY.eq(7)).count(&tx).await.unwrap(), 300);
    tx.commit().await.unwrap();
    let connection = dbs.orders.connection().await.unwrap();
    let mut rows = in_order().with(Order::ITEMS).stream(&connection).await.unwrap();
    while let Some((order, _)) = rows.try_next().await.unwrap() {
        seen -= Order::find(order.id).one(&connection).await.unwrap().id;
    }
    assert_eq!(seen, 0);
    drop(rows);
    // Its cursor is closed.
    let open: i64 = Orders::sql("SELECT count(*) FROM pg_cursors WHERE name LIKE 'ormgen%'")
        .one(&connection)
        .await
        .unwrap();
    assert_eq!(open, 0);
}

#[tokio::test]
async fn other_statements_run_while_a_stream_that_owns_its_transaction_is_open() {
    let shop = many_orders(|connection| connection).await;
    let tx = Arc::new(shop.dbs.orders.begin().await.unwrap());
    let mut alone = in_order().stream_owned(Arc::clone(&tx)).await.unwrap();
    let mut beside = in_order().with(Order::ITEMS).stream_owned(Arc::clone(&tx)).await.unwrap();
    let mut rows = 0;
    while let Some(order) = alone.try_next().await.unwrap() {
        let found = Order::find(order.id).one(&tx).await.unwrap();
        assert_eq!(beside.try_next().await.unwrap().unwrap().0, found);
        rows += 1;
    }
    assert_eq!(rows, ORDERS);
}

#[tokio::test]
async fn an_error_ends_a_stream_with_relations() {
    let shop = many_orders(|connection| connection.max_size(1)).await;
    let dbs = &shop.dbs;
    // The statement is refused before the first row, and in the middle.
    let refused = Order::query().filter((Order::ID / (Order::ID - 1)).gt(0)).with(Order::ITEMS);
    assert!(refused.stream(dbs).await.is_err());
    let broken = in_order().filter((Order::ID / (Order::ID - 400)).lt(1000)).with(Order::ITEMS);
    let mut rows = broken.stream(dbs).await.unwrap();
    let mut found: Vec<Result<_>> = Vec::new();
    while let Some(row) = rows.next().await {
        found.push(row);
    }
    drop(rows);
    assert!(found.pop().unwrap().is_err());
    assert!(found.iter().all(Result::is_ok));
    assert_eq!(by_customer(dbs).await, BTreeMap::from([(1, 200), (2, 200), (3, 200)]));
}

async fn by_customer(dbs: &Databases) -> BTreeMap<i64, i64> {
    let count = ormgen_runtime::functions::count();
    let rows = Order::query().group_by(Order::CUSTOMER_ID).select((Order::CUSTOMER_ID, count));
    rows.all(dbs).await.unwrap().into_iter().collect()
}
