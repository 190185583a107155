//! A row is found by a key of several columns, given as values or as references to them.

use ormgen_runtime::{Keyed, functions::desc, prelude::*, query::SqlValue};
use ormgen_tests::generated::keyed::{
    Databases,
    keys::{
        ByCidr, ByCitext, ByDomain, ByEnum, ByFive, ByFour, BySeveral, BySpot, Color, Keys, NotesOfCidr, Spot,
    },
};

use super::{database, settings};

#[tokio::test]
async fn parts_of_a_key_may_be_references() {
    let db = database("parts_of_keys", "keys.sql").await;
    let dbs = Databases::lazy(settings(&db, "keys")).unwrap();
    db.batch("INSERT INTO by_several VALUES ('green', 7, 'a', 'found'), ('red', 7, 'a', 'other')").await;
    let (shade, number, code) = (Color::Green, 7, "a".to_owned());
    let found = [
        BySeveral::find((shade, number, code.clone())),
        BySeveral::find((shade, 7, "a")),
        BySeveral::find((shade, number, &code)),
        BySeveral::find((&shade, &number, &code)),
        BySeveral::find((&shade, number, code.as_str())),
        BySeveral::find(&(shade, number, code.clone())),
    ];
    for find in found {
        assert_eq!(find.one(&dbs).await.unwrap().name, "found");
    }
    let many = BySeveral::find_many([(shade, 7, "a"), (Color::Red, 7, "a"), (Color::Blue, 7, "a")]);
    assert_eq!(many.all(&dbs).await.unwrap().len(), 2);
}

#[tokio::test]
async fn parts_of_a_longer_key_may_be_references() {
    let db = database("parts_of_longer_keys", "keys.sql").await;
    let dbs = Databases::lazy(settings(&db, "keys")).unwrap();
    db.batch("INSERT INTO by_four VALUES ('eu', 7, 'green', 'a', 'found'), ('us', 7, 'red', 'a', 'other')")
        .await;
    db.batch(
        "INSERT INTO by_five VALUES ('eu', 7, 'green', 'a', 1, 'found'), ('us', 7, 'red', 'a', 2, 'other')",
    )
    .await;
    let (region, number, shade, code) = ("eu".to_owned(), 7, Color::Green, "a".to_owned());
    let found = [
        ByFour::find((region.clone(), number, shade, code.clone())),
        ByFour::find(("eu", 7, shade, "a")),
        ByFour::find((&region, 7, &shade, code.as_str())),
        ByFour::find((&region, &number, &shade, &code)),
    ];
    for find in found {
        assert_eq!(find.one(&dbs).await.unwrap().name, "found");
    }
    assert_eq!(
        ByFour::find_many([("eu", 7, shade, "a"), ("us", 7, Color::Red, "a")]).count(&dbs).await.unwrap(),
        2
    );
    assert_eq!(ByFive::find((&region, &number, &shade, &code, &1)).one(&dbs).await.unwrap().name, "found");
}

/// A row is found, changed, paged and deleted by its key, whatever the key's type.
async fn found_by<M>(dbs: &Databases, id: ormgen_runtime::Column<M, M::Key>, keys: [M::Key; 2])
where
    M: Keyed<Db = Keys, Kind = ormgen_runtime::generated::Table> + std::fmt::Debug + PartialEq + Clone,
    M::Key: SqlValue + Clone + PartialEq + std::fmt::Debug,
{
    let [first, second] = keys;
    let row = M::find(&first).one(dbs).await.unwrap();
    assert_eq!(M::find_many([&first, &second]).count(dbs).await.unwrap(), 2, "{}", M::TABLE);
    assert_eq!(M::query().filter(id.eq(&first)).one(dbs).await.unwrap(), row);
    assert_eq!(M::find(&first).select(id).one(dbs).await.unwrap(), row.key());
    assert_eq!(M::find(&first).filter(id.ne(&first)).select(id).optional(dbs).await.unwrap(), None);
    assert_eq!(M::find(&first).update().one(dbs).await.unwrap(), row);
    let page = M::query().keyset(id).limit(1).page(dbs).await.unwrap();
    assert_eq!(page.rows, [row]);
    let page = M::query().keyset(id).after(page.next).limit(1).page(dbs).await.unwrap();
    assert_eq!(page.rows, [M::find(&second).one(dbs).await.unwrap()]);
    let page = M::query().keyset(desc(id)).limit(1).page(dbs).await.unwrap();
    assert_eq!(M::query().keyset(desc(id)).after(page.next).page(dbs).await.unwrap().rows.len(), 1);
    // Many at once, which travel together.
    let finds = (0..20).map(|_| M::find(&first).one(dbs));
    assert!(futures_util::future::try_join_all(finds).await.is_ok());
    let deleted = M::find(&first).delete().execute(dbs).await.unwrap();
    assert_eq!((deleted, M::query().count(dbs).await.unwrap()), (1, 1), "{}", M::TABLE);
}

#[tokio::test]
async fn keys_of_types_that_the_server_does_not_infer() {
    let db = database("kinds_of_keys", "keys.sql").await;
    let dbs = Databases::lazy(settings(&db, "keys")).unwrap();
    db.batch(
        "INSERT INTO by_cidr VALUES ('10.0.0.0/8', 'a'), ('11.0.0.0/8', 'b');
         INSERT INTO by_spot VALUES ('(1,a)', 'a'), ('(2,b)', 'b');
         INSERT INTO by_citext VALUES ('Ada', 'a'), ('Bob', 'b');
         INSERT INTO by_enum VALUES ('red', 'a'), ('green', 'b');
         INSERT INTO by_domain VALUES ('x', 'a'), ('y', 'b');
         INSERT INTO notes_of_cidrs VALUES (1, '10.0.0.0/8'), (2, '11.0.0.0/8')",
    )
    .await;
    let loaded =
        NotesOfCidr::query().with(NotesOfCidr::NET_BY_CIDR).order_by(NotesOfCidr::ID.asc()).all(&dbs).await;
    let names: Vec<_> = loaded.unwrap().into_iter().map(|(_, net)| net.name).collect();
    assert_eq!(names, ["a", "b"]);
    let spot = |shelf, label: &str| Spot { shelf: Some(shelf), label: Some(label.to_owned()) };
    found_by(&dbs, BySpot::ID, [spot(1, "a"), spot(2, "b")]).await;
    found_by(&dbs, ByCitext::ID, ["ADA".to_owned(), "bob".to_owned()]).await;
    found_by(&dbs, ByEnum::ID, [Color::Red, Color::Green]).await;
    found_by(&dbs, ByDomain::ID, ["x".to_owned(), "y".to_owned()]).await;
    let net = |text: &str| text.parse().unwrap();
    found_by(&dbs, ByCidr::ID, [net("10.0.0.0/8"), net("11.0.0.0/8")]).await;
}
