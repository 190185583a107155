//! Which rows a query gives, and in which order, where several of its parts meet: each as SQL written by hand does.

use ormgen_runtime::{
    Error,
    config::ConnectionConfig,
    functions::{
        array_agg, bool_and, bool_or, ceil, coalesce, concat, count, count_distinct, floor, max, min, outer,
        round, string_agg, unnest, value, when, window,
    },
    prelude::*,
    types::IpCidr,
};
use ormgen_tests::{
    generated::{
        keyed::{
            self,
            keys::{ApartColor, Color, NewWall, Wall},
        },
        shop::{
            crm::{Crm, Customer},
            orders::{Category, Item, NewCategory, Order, Orders, Product},
        },
        typed::{
            self,
            every_type::{Document, Number, Text},
        },
    },
    server::server,
    shop::{Shop, ask, order, products},
};

use crate::customers;

/// An order of three lines, and one of two, whose quantities are sorted otherwise as texts.
async fn with_quantities() -> Shop {
    let shop = customers().await;
    let dbs = &shop.dbs;
    products(dbs, &["A-1", "B-2", "C-3"]).await;
    order(dbs, 1, &["A-1", "B-2", "C-3"]).await;
    order(dbs, 2, &["A-1", "B-2"]).await;
    for (line, quantity) in [(1, 10), (2, 9), (3, 100)] {
        let lines = Item::query().filter(Item::LINE_NO.eq(line)).update();
        lines.set(Item::QUANTITY, quantity).execute(dbs).await.unwrap();
    }
    shop
}

/// A cast of a column has the column's name, which `ORDER BY` takes first.
#[tokio::test]
async fn related_values_are_sorted_by_columns_and_not_by_what_is_selected() {
    let shop = with_quantities().await;
    let dbs = &shop.dbs;
    let text = Item::QUANTITY.cast_to::<String>();
    let lines = Order::ITEMS.order_by(Item::QUANTITY.asc());
    for (limit, expected) in [(None, 3), (Some(3), 3), (Some(1), 1)] {
        let lines = Order::ITEMS.order_by(Item::QUANTITY.asc()).limit(limit).select(text.clone());
        let found = Order::find(1).with(lines).one(dbs).await.unwrap().1;
        assert_eq!(found, ["9", "10", "100"][..expected]);
    }
    let reversed = Order::ITEMS.order_by(Item::QUANTITY.desc()).offset(1).select((text.clone(), Item::SKU));
    let found = Order::query().order_by(Order::ID.asc()).with(reversed).all(dbs).await.unwrap();
    let found: Vec<Vec<_>> = found.into_iter().map(|(_, lines)| lines).collect();
    let line = |text: &str, sku: &str| (text.to_owned(), sku.to_owned());
    assert_eq!(found, [vec![line("10", "A-1"), line("9", "B-2")], vec![line("9", "B-2")]]);
    let orders = Order::query().order_by(Order::ID.asc()).all(dbs).await.unwrap();
    let loaded = lines.select(text).load(&orders, dbs).await.unwrap();
    assert_eq!(loaded, [vec!["9", "10", "100"], vec!["9", "10"]]);
}

/// What an update returns along a relation is of the row that its row now refers to.
#[tokio::test]
async fn changed_keys_lead_to_other_rows() {
    let shop = with_quantities().await;
    let dbs = &shop.dbs;
    let (id, customer) = (Item::ORDER.column(Order::ID), Item::ORDER.column(Order::CUSTOMER_ID));
    let move_to = |query: ormgen_runtime::Query<Item>| {
        let update = query.update().set(Item::ORDER_ID, 2);
        update.returning((Item::ORDER_ID, id.clone(), customer.clone(), Item::PRODUCT.column(Product::NAME)))
    };
    let third = || Item::query().filter(Item::LINE_NO.eq(3));
    let expected = [(2, 2, 2, "Product C-3".to_owned())];
    assert_eq!(move_to(third()).all(dbs).await.unwrap(), expected);
    // Also where the condition, or the new value, is of the row that it referred to before.
    Item::find((2, 3)).update().set(Item::ORDER_ID, 1).execute(dbs).await.unwrap();
    assert_eq!(move_to(third().filter(customer.clone().eq(1))).all(dbs).await.unwrap(), expected);
    Item::find((2, 3)).update().set(Item::ORDER_ID, 1).execute(dbs).await.unwrap();
    let next = third().update().set(Item::ORDER_ID, id.clone() + 1).set(Item::QUANTITY, 1);
    assert_eq!(next.returning((id, customer)).all(dbs).await.unwrap(), [(2, 2)]);

    // A key that may be NULL leads on as the others do; and a row's own table to another row of it.
    let saws = NewCategory { parent_id: Some(1), name: "Saws".into() };
    Category::insert(saws).execute(dbs).await.unwrap();
    let product = Product::find("A-1").update().set(Product::CATEGORY_ID, 2);
    let category = Product::CATEGORY.column(Category::NAME);
    let parent = Product::CATEGORY.column(Category::PARENT.column(Category::NAME));
    let found = product.returning((category, parent)).one(dbs).await.unwrap();
    assert_eq!(found, ("Saws".to_owned(), Some("Tools".to_owned())));
}

#[tokio::test]
async fn rows_with_values_of_an_array_are_counted_as_they_come() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    Customer::find(1).update().set(Customer::TAGS, ["a", "b", "c"]).execute(dbs).await.unwrap();
    Customer::find(2).update().set(Customer::TAGS, ["a"]).execute(dbs).await.unwrap();
    let tagged = || Customer::query().annotate(unnest(Customer::TAGS));
    assert_eq!(tagged().all(dbs).await.unwrap().len(), 4);
    assert_eq!(tagged().count(dbs).await.unwrap(), 4);
    assert_eq!(tagged().limit(3).count(dbs).await.unwrap(), 3);
    assert_eq!(tagged().with(Customer::REFERRER).count(dbs).await.unwrap(), 4);
    let untagged = tagged().filter(Customer::ID.gt(2));
    assert_eq!(untagged.clone().all(dbs).await.unwrap().len(), 0);
    assert!(!untagged.clone().exists(dbs).await.unwrap());
    assert_eq!(untagged.count(dbs).await.unwrap(), 0);
}

/// The server takes `a + $1` and `a + $2` for two expressions, also where the values are the same.
#[tokio::test]
async fn distinct_values_are_sorted_by_themselves() {
    let shop = with_quantities().await;
    let dbs = &shop.dbs;
    let referrer = || coalesce(Customer::REFERRER_ID, 0);
    let ids = array_agg(referrer()).distinct().order_by(referrer().desc());
    let names = string_agg(concat(Customer::NAME, "!"), ",").distinct();
    let names = names.order_by(concat(Customer::NAME, "!").desc()).filter(Customer::VISITS.gt(2));
    let found = Customer::query().select((ids, names)).one(dbs).await.unwrap();
    assert_eq!(found, (Some(vec![4, 2, 1, 0]), Some("Eve!,Dee!,Cy!,Ada!".to_owned())));
    // Along a relation, and in an aggregate of related rows.
    let of = || concat(Item::PRODUCT.column(Product::SKU), "?");
    let skus = string_agg(of(), "").distinct().order_by(of().desc());
    let expected: Option<String> = Orders::sql(
        "SELECT string_agg(DISTINCT p.sku || '?', '' ORDER BY p.sku || '?' DESC)
         FROM items i JOIN products p ON p.sku = i.sku",
    )
    .one(dbs)
    .await
    .unwrap();
    assert_eq!(expected.as_deref(), Some("C-3?B-2?A-1?"));
    assert_eq!(Item::query().select(skus.clone()).one(dbs).await.unwrap(), expected);
    let of_orders = Order::query().order_by(Order::ID.asc()).select(Order::ITEMS.aggregate(skus));
    assert_eq!(of_orders.all(dbs).await.unwrap(), [expected, Some("B-2?A-1?".to_owned())]);
    // A sub-query too.
    let lines = || Item::query().filter(Item::ORDER_ID.eq(outer(Order::ID)).and(Item::QUANTITY.gt(9)));
    let lines = || lines().select(count()).scalar();
    let counts = array_agg(lines()).distinct().order_by(lines().desc());
    let expected: Option<Vec<Option<i64>>> = Some(vec![Some(2), Some(1)]);
    assert_eq!(Order::query().select(counts.clone()).one(dbs).await.unwrap(), expected);
    let by_customer = Order::query().group_by(Order::CUSTOMER_ID).order_by(Order::CUSTOMER_ID.asc());
    let by_customer = by_customer.select((counts, count_distinct(lines()))).all(dbs).await.unwrap();
    assert_eq!(by_customer, [(Some(vec![Some(2)]), 1), (Some(vec![Some(1)]), 1)]);
    // Other values stay others, which the server refuses.
    let other = array_agg(referrer()).distinct().order_by(coalesce(Customer::REFERRER_ID, 1).asc());
    let refused = Customer::query().select(other).one(dbs).await.unwrap_err();
    assert_eq!(refused.sqlstate(), Some("42P10"));
}

/// As everywhere, a condition that NULL makes unknown does not hold; SQL's own `bool_and` leaves it out.
#[tokio::test]
async fn a_condition_that_is_unknown_holds_in_no_aggregate() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let brought = || Customer::REFERRER_ID.gt(0);
    let values = (bool_and(brought()), bool_or(brought()), bool_or(Customer::REFERRER_ID.gt(9)));
    let found = Customer::query().select(values).one(dbs).await.unwrap();
    assert_eq!(found, (Some(false), Some(true), Some(false)));
    let of_ada = Customer::query()
        .filter(Customer::ID.eq(1))
        .select((bool_and(brought()), bool_or(brought())))
        .one(dbs)
        .await
        .unwrap();
    assert_eq!(of_ada, (Some(false), Some(false)));
    // A condition is a value, as a column is.
    let ends = (min(brought()), max(brought()), min(Customer::VISITS.gte(0)));
    let found = Customer::query().select(ends).one(dbs).await.unwrap();
    assert_eq!(found, (Some(false), Some(true), Some(true)));
    let of_nobody = Customer::query().filter(Customer::ID.eq(-1)).select(bool_and(brought()));
    assert_eq!(of_nobody.one(dbs).await.unwrap(), None);
    let by_hand: (Option<bool>, bool) =
        Crm::sql("SELECT bool_and(referrer_id > 0), bool_and((referrer_id > 0) IS TRUE) FROM customers")
            .one(dbs)
            .await
            .unwrap();
    assert_eq!(by_hand, (Some(true), false));
}

/// A relation is joined once: of two joins of one to many rows both would show the same.
#[tokio::test]
async fn many_rows_stand_beside_themselves_under_a_name() {
    let shop = with_quantities().await;
    let dbs = &shop.dbs;
    let twice = Order::query().join(Order::ITEMS).join(Order::ITEMS);
    let nested = Order::query()
        .join(Order::ITEMS.join(Item::PRODUCT))
        .left_join(Order::ITEMS.left_join(Item::SHIPMENTS));
    let far = Product::query().join(Product::TAGS).left_join(Product::TAGS);
    let errors = [
        twice.all(dbs).await.map(drop).unwrap_err(),
        nested.count(dbs).await.map(drop).unwrap_err(),
        far.all(dbs).await.map(drop).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, Error::InvalidQuery { .. }), "{error}");
        assert!(error.to_string().contains("Item::alias"), "{error}");
    }
    let other = Item::alias("other");
    let beside = other.on(other.column(Item::ORDER_ID).eq(Order::ID));
    let pairs = Order::query().join(Order::ITEMS).join(beside).count(dbs).await.unwrap();
    let by_hand = "SELECT count(*) FROM items a JOIN items b ON b.order_id = a.order_id";
    assert_eq!(pairs, Orders::sql::<i64>(by_hand).one(dbs).await.unwrap());
    assert_eq!(pairs, 13);
    // One row is the same row each time; and of one join several lead on.
    let once = Item::query().join(Item::ORDER).left_join(Item::ORDER.left_join(Order::INVOICE));
    assert_eq!(once.all(dbs).await.unwrap().len(), 5);
    let on = Order::query().join(Order::ITEMS.join(Item::PRODUCT).left_join(Item::SHIPMENTS));
    assert_eq!(on.all(dbs).await.unwrap().len(), 5);
}

/// A value that stands alone is cast to its own enum, and not to another schema's of the same name.
#[tokio::test]
async fn enums_of_one_name_are_told_apart() {
    let db = server(1).create_database("enums").await;
    db.batch(include_str!("../../../schemas/keys.sql")).await;
    let dbs = &keyed::Databases::lazy(vec![ConnectionConfig::new("keys", db.url())]).unwrap();
    let walls = (1..=3).map(|id| NewWall { id, other: None, others: None, color: None, colors: None });
    Wall::insert_many(walls).execute(dbs).await.unwrap();
    let first = || Wall::ID.eq(1);
    let update = Wall::query()
        .update()
        .set(Wall::COLOR, when(first(), Color::Green).otherwise(Color::Blue))
        .set(Wall::COLORS, when(first(), vec![Color::Green]).otherwise(vec![Color::Red]))
        .set(Wall::OTHER, when(first(), ApartColor::White).otherwise(ApartColor::Red))
        .set(Wall::OTHERS, when(first(), vec![ApartColor::White]).otherwise(Vec::new()));
    assert_eq!(update.execute(dbs).await.unwrap(), 3);
    let found = Wall::find(1).one(dbs).await.unwrap();
    assert_eq!((found.color, found.colors), (Some(Color::Green), Some(vec![Color::Green])));
    assert_eq!((found.other, found.others), (Some(ApartColor::White), Some(vec![ApartColor::White])));
    // Each is sorted by its own labels: red before blue here, and behind it there.
    let ids = async |order| Wall::query().order_by(order).limit(1).select(Wall::ID).all(dbs).await.unwrap();
    assert_eq!(ids(when(first(), Color::Red).otherwise(Color::Blue).asc()).await, [1]);
    assert_eq!(ids(when(first(), ApartColor::Red).otherwise(ApartColor::Blue).desc()).await, [1]);
    let more =
        Wall::query().filter(first()).select((Wall::ID + 10, value(Color::Green), value(ApartColor::White)));
    let (rows, (id, color, other)) = more.into_table();
    let more = rows.filter(color.eq(Color::Green).and(other.eq(ApartColor::White))).select(id);
    assert_eq!(more.all(dbs).await.unwrap(), [11]);
}

/// The server rounds a `real` to a `double precision`.
#[tokio::test]
async fn a_real_is_rounded_to_a_real() {
    let db = server(1).create_database("reals").await;
    db.batch(include_str!("../../../schemas/every_type.sql")).await;
    let dbs = &typed::Databases::lazy(vec![ConnectionConfig::new("every_type", db.url())]).unwrap();
    db.batch("INSERT INTO numbers (id, float4) VALUES (1, 1.5), (2, -0.25), (3, 'NaN'), (4, 3e38)").await;
    let rounded = (round(Number::FLOAT4), floor(Number::FLOAT4), ceil(Number::FLOAT4) + 1.0);
    let rows = Number::query().order_by(Number::ID.asc()).select(rounded).all(dbs).await.unwrap();
    assert_eq!(rows[0], (Some(2.0), Some(1.0), Some(3.0)));
    assert_eq!(rows[1], (Some(-0.0), Some(-1.0), Some(1.0)));
    assert!(rows[2].0.is_some_and(f32::is_nan));
    assert_eq!(rows[3].0, Some(3e38));
    let set = Number::find(1).update().set(Number::FLOAT4, ceil(Number::FLOAT4)).returning(Number::FLOAT4);
    assert_eq!(set.one(dbs).await.unwrap(), Some(2.0));
}

/// `0.0` equals `-0.0`, and `1.5` equals `1.50`: to the server they are different values.
#[tokio::test]
async fn what_equals_the_value_before_is_saved_where_it_differs() {
    let db = server(1).create_database("saved").await;
    db.batch(include_str!("../../../schemas/every_type.sql")).await;
    let dbs = &typed::Databases::lazy(vec![ConnectionConfig::new("every_type", db.url())]).unwrap();
    db.batch("INSERT INTO numbers (id, float8, numeric_plain) VALUES (1, 0, 1.5)").await;
    let before = Number::find(1).one(dbs).await.unwrap();
    let mut number = before.clone();
    (number.float8, number.numeric_plain) = (Some(-0.0), Some("1.50".parse().unwrap()));
    let number = number.save(&before, dbs).await.unwrap();
    let stored: String = ask(&db, "SELECT float8 || ' ' || numeric_plain FROM numbers").await;
    assert_eq!(stored, "-0 1.50");
    assert!(number.float8.is_some_and(f64::is_sign_negative));
}

/// The server has `max` of an `inet` and of a text, and gives one of these.
#[tokio::test]
async fn extremes_are_of_the_type_of_their_values() {
    let db = server(1).create_database("ends").await;
    db.batch(include_str!("../../../schemas/every_type.sql")).await;
    let dbs = &typed::Databases::lazy(vec![ConnectionConfig::new("every_type", db.url())]).unwrap();
    db.batch("INSERT INTO documents (id, cidr) VALUES (1, '10.0.0.0/8'), (2, '10.1.0.0/16'), (3, NULL)")
        .await;
    db.batch("INSERT INTO texts (id, \"char\") VALUES (1, 'a'), (2, 'c'), (3, NULL)").await;
    let (least, most) = (|| min(Document::CIDR), || max(Document::CIDR).filter(Document::ID.gt(0)));
    let [first, last] = ["10.0.0.0/8", "10.1.0.0/16"].map(|text| text.parse::<IpCidr>().unwrap());
    let found = Document::query().select((least(), most())).one(dbs).await.unwrap();
    assert_eq!(found, (Some(first), Some(last)));
    let so_far = most().over(window().order_by(Document::ID.asc()));
    let rows = Document::query().order_by(Document::ID.asc()).select(so_far).all(dbs).await.unwrap();
    assert_eq!(rows, [Some(first), Some(last), Some(last)]);
    let groups = Document::query().group_by(Document::ID).having(most().eq(last)).select(Document::ID);
    assert_eq!(groups.all(dbs).await.unwrap(), [2]);
    let found = Text::query().select((min(Text::CHAR), max(Text::CHAR))).one(dbs).await.unwrap();
    assert_eq!(found, (Some(97), Some(99)));
    let (rows, last) = Text::query().select(max(Text::CHAR)).into_table();
    assert_eq!(rows.filter(last.eq(99)).count(dbs).await.unwrap(), 1);
}
