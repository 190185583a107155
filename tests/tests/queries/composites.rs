//! The fields of a composite value; composites that come out of a derived table.

use ormgen_runtime::{
    config::ConnectionConfig,
    functions::{coalesce, concat, count, desc, lag, max, nullable, sum, value, when, window},
    prelude::*,
};
use ormgen_tests::{
    generated::{
        keyed::{
            Databases,
            keys::{ApartSpot, Keys, NewShelf, NewStock, Padded, PaddedUse, Shelf, Spot, Stock},
        },
        typed::every_type::{OwnType, Person, Place},
    },
    server::{TestDb, server},
};

fn spot(shelf: i32, label: &str) -> Spot {
    Spot { shelf: Some(shelf), label: Some(label.to_owned()) }
}

async fn stocks() -> (TestDb, Databases) {
    let db = server(1).create_database("composites").await;
    db.batch(include_str!("../../../schemas/keys.sql")).await;
    db.batch(
        "INSERT INTO stocks (id, spot, good, net) VALUES (1, '(1,a)', '(7,g)', '10.0.0.0/8'),
         (2, '(2,b)', NULL, '11.0.0.0/8'), (3, NULL, NULL, NULL), (4, '(2,c)', '(8,h)', '10.0.0.0/8')",
    )
    .await;
    let dbs = Databases::lazy(vec![ConnectionConfig::new("keys", db.url())]).unwrap();
    let _ = |new: NewStock| new;
    (db, dbs)
}

#[tokio::test]
async fn fields_are_expressions_like_any_other() {
    let (_db, dbs) = stocks().await;
    let ids = async |filter: ormgen_runtime::Filter<Stock>| {
        let ids = Stock::query().filter(filter).order_by(Stock::ID.asc()).select(Stock::ID);
        ids.all(&dbs).await.unwrap()
    };
    let shelf = || Stock::SPOT.field(Spot::SHELF);
    assert_eq!(ids(shelf().eq(2)).await, [2, 4]);
    assert_eq!(ids(shelf().is_in([1, 2]).and(Stock::SPOT.field(Spot::LABEL).ne("c"))).await, [1, 2]);
    assert_eq!(ids(shelf().is_null()).await, [3]);
    assert_eq!(ids(Stock::GOOD.field(Spot::SHELF).between(8, 9)).await, [4]);
    let sorted = Stock::query().order_by((shelf().desc().nulls_last(), Stock::ID.desc()));
    let found = sorted.select((Stock::ID, shelf())).all(&dbs).await.unwrap();
    assert_eq!(found, [(4, Some(2)), (2, Some(2)), (1, Some(1)), (3, None)]);
    let groups =
        Stock::query().group_by(shelf()).select((shelf(), count(), max(Stock::SPOT.field(Spot::LABEL))));
    let groups = groups.having(count().gt(1)).all(&dbs).await.unwrap();
    assert_eq!(groups, [(Some(2), 2, Some("c".to_owned()))]);
    assert_eq!(Stock::query().select(sum(shelf())).one(&dbs).await.unwrap(), Some(5));
    let set =
        Stock::find(1).update().set(Stock::ID, 9).returning(concat(Stock::SPOT.field(Spot::LABEL), "!"));
    assert_eq!(set.one(&dbs).await.unwrap().as_deref(), Some("a!"));
    // Of another row, and of a field that is a composite itself.
    let other = Stock::alias("other");
    let same = other.column(shelf()).eq(shelf()).and(other.column(Stock::ID).ne(Stock::ID));
    assert_eq!(ids(other.on(same).exists()).await, [2, 4]);
    let nested = OwnType::query().select(OwnType::PERSON.field(Person::HOME).field(Place::STREET));
    assert_eq!(nested.sql(), "SELECT ((person).home).street FROM public.own_types");
}

/// A composite and a `cidr` are compared as such behind a derived table and a window function as well.
#[tokio::test]
async fn what_comes_out_of_a_derived_table_is_compared() {
    let (_db, dbs) = stocks().await;
    let before = lag(Stock::SPOT, 1).over(window().order_by(Stock::ID.asc()));
    let (rows, (id, spot_before, own, net)) =
        Stock::query().select((Stock::ID, before, Stock::SPOT, Stock::NET)).into_table();
    let found = rows.clone().filter(spot_before.eq(spot(1, "a"))).select(id).all(&dbs).await.unwrap();
    assert_eq!(found, [2]);
    let listed = rows.clone().filter(own.is_in([spot(1, "a"), spot(2, "c")])).order_by(id.asc());
    assert_eq!(listed.select(id).all(&dbs).await.unwrap(), [1, 4]);
    let network: ormgen_runtime::types::IpCidr = "10.0.0.0/8".parse().unwrap();
    let nets = rows.clone().filter(net.eq(network)).order_by(id.asc()).select((id, own.field(Spot::LABEL)));
    assert_eq!(nets.all(&dbs).await.unwrap(), [(1, Some("a".to_owned())), (4, Some("c".to_owned()))]);
    let by_hand: i64 =
        Keys::sql("SELECT count(*) FROM stocks WHERE spot < ROW(2, 'c')::spot").one(&dbs).await.unwrap();
    assert_eq!(rows.filter(own.lt(spot(2, "c"))).count(&dbs).await.unwrap(), by_hand);
}

/// `is_null` says what an `Option` says: a composite whose fields are NULL is a value.
#[tokio::test]
async fn a_composite_of_nothing_is_a_value() {
    let (db, dbs) = stocks().await;
    db.batch("UPDATE stocks SET spot = '(9,)' WHERE id = 1; UPDATE stocks SET spot = '(,)' WHERE id = 2")
        .await;
    let all: Vec<Stock> = Stock::query().order_by(Stock::ID.asc()).all(&dbs).await.unwrap();
    let none: Vec<_> = all.iter().filter(|stock| stock.spot.is_none()).map(|stock| stock.id).collect();
    assert_eq!(none, [3]);
    let ids = async |filter: ormgen_runtime::Filter<Stock>| {
        let ids = Stock::query().filter(filter).order_by(Stock::ID.asc()).select(Stock::ID);
        ids.all(&dbs).await.unwrap()
    };
    let named = |is: bool| Stock::condition("spot", "is_null", &is.into()).unwrap();
    let other = Stock::alias("other");
    let same = || other.column(Stock::ID).eq(Stock::ID);
    let last = || coalesce(Stock::SPOT, Stock::SPOT);
    for null in [
        Stock::SPOT.is_null(),
        named(true),
        last().is_null(),
        other.on(same().and(other.column(Stock::SPOT).is_null())).exists(),
    ] {
        assert_eq!(ids(null).await, [3]);
    }
    for value in [
        Stock::SPOT.is_not_null(),
        named(false),
        last().is_not_null(),
        Stock::SPOT.in_range(..),
        other.on(same().and(other.column(Stock::SPOT).is_not_null())).exists(),
    ] {
        assert_eq!(ids(value).await, [1, 2, 4]);
    }
    // Pages by it go over every row once, in both directions.
    for size in 1..=4 {
        for down in [false, true] {
            let page = async |after| {
                let query = Stock::query();
                if down {
                    query.keyset((desc(Stock::SPOT), Stock::ID)).after(after).limit(size).page(&dbs).await
                } else {
                    query.keyset((Stock::SPOT, Stock::ID)).after(after).limit(size).page(&dbs).await
                }
            };
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = page(after).await.unwrap();
                seen.extend(page.rows.iter().map(|row| row.id));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen, if down { [3, 2, 1, 4] } else { [4, 1, 2, 3] });
        }
    }
}

/// The spaces that fill up a `char(n)` mean nothing, as to the server's `=`, but to patterns.
#[tokio::test]
async fn the_end_of_a_padded_text() {
    let (db, dbs) = stocks().await;
    db.batch("INSERT INTO padded VALUES ('ab'), ('abcd'); INSERT INTO padded_uses VALUES (1, 'ab', NULL)")
        .await;
    let ids = async |filter: ormgen_runtime::Filter<Padded>| {
        Padded::query().filter(filter).select(Padded::ID).all(&dbs).await.unwrap()
    };
    let read = Padded::find("ab").one(&dbs).await.unwrap().id;
    assert_eq!(read, "ab  ");
    for found in [
        Padded::ID.eq("ab"),
        Padded::ID.eq(&read),
        Padded::ID.is_in([&read]),
        Padded::ID.eq_ignore_case("AB"),
        Padded::ID.eq_ignore_case(&read),
        Padded::ID.ends_with("b"),
        Padded::ID.ends_with(&read),
        Padded::ID.ends_with_ignore_case("B "),
        Padded::ID.cast_to::<String>().like("%b"),
        Padded::ID.contains("b  "),
    ] {
        assert_eq!(ids(found).await, ["ab  "]);
    }
    assert!(ids(Padded::ID.like("%b")).await.is_empty());
    let uses = PaddedUse::query().filter(PaddedUse::REQUIRED_PADDED.column(Padded::ID).ends_with("b"));
    assert_eq!(uses.count(&dbs).await.unwrap(), 1);
}

/// A value that stands alone is cast to its own type, and not to another schema's of the same name.
#[tokio::test]
async fn composites_of_one_name_are_told_apart() {
    let (_db, dbs) = &stocks().await;
    let spot = || spot(1, "left");
    let other = || ApartSpot { label: Some("right".into()), shelf: Some(2) };
    let new = |id| NewShelf { id, other: None, others: None, spot: None };
    Shelf::insert_many([1, 2].map(new)).execute(dbs).await.unwrap();
    let first = || Shelf::ID.eq(1);
    let update = Shelf::query()
        .update()
        .set(Shelf::SPOT, when(first(), spot()).otherwise(spot()))
        .set(Shelf::OTHER, when(first(), other()).otherwise(other()))
        .set(Shelf::OTHERS, when(first(), vec![other()]).otherwise(Vec::new()));
    assert_eq!(update.execute(dbs).await.unwrap(), 2);
    let found = Shelf::find(1).one(dbs).await.unwrap();
    assert_eq!((found.spot, found.other, found.others), (Some(spot()), Some(other()), Some(vec![other()])));
    let more = Shelf::query().filter(first()).select((Shelf::ID + 10, nullable(value(other()))));
    Shelf::insert_from((Shelf::ID, Shelf::OTHER), more.clone()).execute(dbs).await.unwrap();
    assert_eq!(Shelf::find(11).one(dbs).await.unwrap().other, Some(other()));
    // What is read of a table that a query makes is compared as what it is.
    let (rows, (id, of)) = more.into_table();
    assert_eq!(rows.filter(of.eq(other())).select(id).all(dbs).await.unwrap(), [11]);
}
