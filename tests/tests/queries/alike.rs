//! What holds a value and is grouped, sorted or told apart by is one expression to the server, wherever it stands.

use ormgen_runtime::{
    Expr, NotNull,
    functions::{coalesce, concat, count, max, position, sql, sum, when},
    prelude::*,
    types::Decimal,
};
use ormgen_tests::generated::shop::{
    crm::{Customer, Tier},
    orders::{Item, Order},
};

use crate::customers;

/// Groups of as many visits: a new expression each time, with values of its own.
fn band() -> Expr<Customer, String, NotNull> {
    when(Customer::VISITS.gt(5), "many".to_owned()).when(Customer::VISITS.gt(0), "some").otherwise("none")
}

#[tokio::test]
async fn groups_by_expressions_with_values() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let bands = Customer::query().group_by(band()).select((band(), count())).order_by(band().asc());
    let some = |name: &str, count| (name.to_owned(), count);
    assert_eq!(bands.all(dbs).await.unwrap(), [some("many", 2), some("none", 1), some("some", 2)]);
    // A part of what is selected, sorted by and asked of the groups.
    let bands = Customer::query()
        .group_by(band())
        .select((concat(band(), "!"), band(), max(Customer::VISITS)))
        .having(band().ne("none"))
        .order_by(concat(band(), "?").desc());
    let rows = bands.all(dbs).await.unwrap();
    let rows: Vec<_> = rows.iter().map(|(shout, band, max)| (shout.as_str(), band.as_str(), *max)).collect();
    assert_eq!(rows, [("some!", "some", Some(3)), ("many!", "many", Some(12))]);
    // Arithmetic, a default, a step into JSON, two at once.
    let fives = || Customer::VISITS / 5;
    let rows = Customer::query().group_by(fives()).select((fives(), count())).order_by(fives().asc());
    assert_eq!(rows.all(dbs).await.unwrap(), [(0, 3), (1, 1), (2, 1)]);
    let referrer = || coalesce(Customer::REFERRER_ID, 0);
    let rows = Customer::query().group_by((referrer(), fives()));
    let rows = rows.select((referrer(), fives(), count())).order_by((referrer().asc(), fives().asc()));
    assert_eq!(rows.all(dbs).await.unwrap(), [(0, 2, 1), (1, 0, 2), (2, 0, 1), (4, 1, 1)]);
    let theme = || Customer::SETTINGS.text_at(["theme", "name"]);
    let rows = Customer::query().group_by(theme()).select((theme(), count())).all(dbs).await.unwrap();
    assert_eq!(rows, [(None, 5)]);
    // Of a path, and of the row that it starts from: two expressions, though they read alike.
    let up = || Customer::REFERRER.column(Customer::VISITS / 5);
    let rows = Customer::query().group_by((up(), fives())).select((up(), fives(), count()));
    let rows = rows.order_by((up().asc(), fives().asc())).all(dbs).await.unwrap();
    assert_eq!(rows, [(Some(0), 0, 1), (Some(0), 1, 1), (Some(2), 0, 2), (None, 2, 1)]);
    // A `NaN` does not equal itself, and is one value.
    let never = || coalesce(Customer::SETTINGS.text_at(["share"]).cast_to::<f64>(), f64::NAN);
    let rows = Customer::query().group_by(never()).select((never(), count())).order_by(never().asc());
    let rows = rows.all(dbs).await.unwrap();
    assert!(matches!(*rows, [(share, 5)] if share.is_nan()), "{rows:?}");
    // By place.
    let rows = Customer::query().group_by(position(1)).select((band(), count())).order_by(position(1).asc());
    assert_eq!(rows.all(dbs).await.unwrap().len(), 3);
    // In an aggregate of the groups' own expression.
    let total = Customer::query().group_by(fives()).select(sum(Customer::VISITS).filter(fives().gt(0)));
    assert_eq!(total.order_by(fives().asc()).all(dbs).await.unwrap(), [None, Some(7), Some(12)]);
}

#[tokio::test]
async fn other_values_are_other_expressions() {
    let shop = customers().await;
    let query = Customer::query().group_by(Customer::VISITS / 5).select((Customer::VISITS / 6, count()));
    assert!(query.all(&shop.dbs).await.is_err());
    // Equal, and not the same: a scale that PostgreSQL keeps.
    let one = Decimal::new(10, 1);
    let hundred = Decimal::new(100, 2);
    let query = Order::query().group_by(Order::TOTAL * one).select((Order::TOTAL * hundred, count()));
    assert!(query.all(&shop.dbs).await.is_err());
}

#[tokio::test]
async fn rows_told_apart_and_sorted_by_expressions_with_values() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let fives = || Customer::VISITS / 5;
    let first = Customer::query().distinct_on(fives()).order_by((fives().asc(), Customer::ID.desc()));
    let rows = first.clone().all(dbs).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Dee", "Eve", "Ada"]);
    assert_eq!(first.clone().count(dbs).await.unwrap(), 3);
    let rows = first.select((Customer::NAME, fives())).all(dbs).await.unwrap();
    assert_eq!(rows.iter().map(|(_, fives)| *fives).collect::<Vec<_>>(), [0, 1, 2]);
    let bands = Customer::query().select(band()).distinct().order_by(band().desc()).all(dbs).await.unwrap();
    assert_eq!(bands, ["some", "none", "many"]);
    let annotated = Customer::query().order_by((band().asc(), Customer::ID.asc())).annotate(band());
    let rows = annotated.all(dbs).await.unwrap();
    assert_eq!(rows.iter().map(|(row, _)| row.id).collect::<Vec<_>>(), [1, 5, 2, 3, 4]);
}

#[tokio::test]
async fn groups_by_what_is_said_of_related_rows() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let brought = || Customer::CUSTOMERS_BY_REFERRER.matching(Customer::VISITS.gte(0)).count();
    let rows = Customer::query().group_by(brought()).select((brought(), count())).order_by(brought().desc());
    assert_eq!(rows.all(dbs).await.unwrap(), [(2, 1), (1, 2), (0, 2)]);
    let text =
        Customer::query().group_by(brought()).select((brought(), count())).order_by(brought().desc()).sql();
    assert!(!text.contains("$2"), "{text}");
    // Through a join table, through two tables, beside a fragment.
    let lines = || {
        Order::ITEMS
            .matching(Item::PRODUCT.column(ormgen_tests::generated::shop::orders::Product::NAME).ne("x"))
            .count()
    };
    let rows = Order::query().group_by(lines()).select((lines(), count())).order_by(lines().desc());
    assert_eq!(rows.all(dbs).await.unwrap(), []);
    let mine =
        || sql("mod(").column(Customer::VISITS).text(", ").value(3).text(")").expression::<i32, NotNull>();
    let rows = Customer::query().group_by(mine()).select((mine(), count())).order_by(mine().asc());
    assert_eq!(rows.all(dbs).await.unwrap(), [(0, 4), (1, 1)]);
    let tiers = || when(Customer::VISITS.gt(5), Tier::Gold).otherwise(Tier::Bronze);
    let rows = Customer::query().group_by(tiers()).select((tiers(), count())).order_by(tiers().asc());
    assert_eq!(rows.all(dbs).await.unwrap(), [(Tier::Bronze, 3), (Tier::Gold, 2)]);
}

/// One sub-select groups by what the next one computes of a table that it joins with itself.
#[tokio::test]
async fn the_text_of_one_sub_select_is_not_that_of_the_next() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let tenth = || Customer::VISITS / 5;
    let smallest =
        Customer::query().group_by(tenth()).select(tenth()).order_by(tenth().asc()).limit(1).scalar();
    let brought = Customer::query().filter(Customer::REFERRER.column(Customer::VISITS).gt(0));
    let largest = brought.select(max(tenth())).scalar();
    let rows =
        Customer::query().filter(Customer::ID.eq(1)).select((smallest, largest)).all(dbs).await.unwrap();
    assert_eq!(rows, [(Some(0), Some(1))]);
}
