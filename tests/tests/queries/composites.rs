//! The fields of a composite value; composites that come out of a derived table.

use ormgen_runtime::{
    config::ConnectionConfig,
    functions::{concat, count, lag, max, sum, window},
    prelude::*,
};
use ormgen_tests::{
    generated::{
        keyed::{
            Databases,
            keys::{Keys, NewStock, Spot, Stock},
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
