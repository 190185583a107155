//! A row is found by a key of several columns, given as values or as references to them.

use ormgen_runtime::prelude::*;
use ormgen_tests::generated::keyed::{
    Databases,
    keys::{BySeveral, Color},
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
