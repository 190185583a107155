//! Columns of types of which the server has no equality or no order: what compiles means what it says, or is refused in
//! ormgen's words before it is sent.

use ormgen_runtime::{
    Error, Filter, Result,
    config::ConnectionConfig,
    functions::{coalesce, count, count_distinct, max, min, nullif, partition_by, row_number, when},
    prelude::*,
    types::{Circle, JsonValue, Point},
};
use ormgen_tests::{
    generated::typed::{
        Databases,
        every_type::{Document, Shape, Time},
    },
    server::{TestDb, server},
};
use serde_json::json;

async fn documents() -> (TestDb, Databases) {
    let db = server(1).create_database("untold").await;
    db.batch(include_str!("../../../schemas/every_type.sql")).await;
    db.batch(
        r#"INSERT INTO documents (id, json, xml) VALUES (1, '{"a": 1,  "b": 2}', '<a/>'), (2, '{"a": 2}', '<b/>');
         INSERT INTO shapes (id, point, circle) VALUES (1, '(1,2)', '<(1,2),3>'), (2, '(3,4)', '<(8,9),3>');
         INSERT INTO times (id, bool, uuid) VALUES
         (1, true, '11111111-2222-3333-4444-555555555555'), (2, false, '21111111-2222-3333-4444-555555555555')"#,
    )
    .await;
    let settings = vec![ConnectionConfig::new("every_type", db.url())];
    (db, Databases::lazy(settings).unwrap())
}

#[tokio::test]
async fn values_are_compared_by_what_they_are() {
    let (_db, dbs) = documents().await;
    let of_documents = async |filter: Filter<Document>| {
        let ids = Document::query().filter(filter).order_by(Document::ID.asc()).select(Document::ID);
        ids.all(&dbs).await.unwrap()
    };
    // However the document is written.
    assert_eq!(of_documents(Document::JSON.eq(json!({"b": 2, "a": 1}))).await, [1]);
    assert_eq!(of_documents(Document::JSON.ne(json!({"b": 2, "a": 1}))).await, [2]);
    assert_eq!(of_documents(Document::JSON.is_in([json!({"a": 2}), json!({})])).await, [2]);
    assert_eq!(of_documents(Document::JSON.lt(json!({"a": 2, "b": 0}))).await.len(), 2);
    assert_eq!(of_documents(nullif(Document::JSON, json!({"a": 2})).is_null()).await, [2]);
    assert_eq!(of_documents(Document::XML.is_not_distinct_from(Document::XML)).await, [1, 2]);
    let of_shapes = async |filter: Filter<Shape>| {
        let ids = Shape::query().filter(filter).order_by(Shape::ID.asc()).select(Shape::ID);
        ids.all(&dbs).await.unwrap()
    };
    let point = Point { x: 1.0, y: 2.0 };
    assert_eq!(of_shapes(Shape::POINT.eq(point)).await, [1]);
    assert_eq!(of_shapes(Shape::POINT.not_in([point])).await, [2]);
    // The server's `=` of circles compares their areas, which are the same here.
    assert_eq!(of_shapes(Shape::CIRCLE.eq(Circle { center: point, radius: 3.0 })).await, [1]);
    // By names as well, where a value comes as JSON or as a text.
    let by_name = |operator, value| Document::condition("json", operator, &value).unwrap();
    assert_eq!(of_documents(by_name("eq", json!({"a": 2}))).await, [2]);
    assert_eq!(of_documents(by_name("ne", json!({"a": 2}))).await, [1]);
    assert_eq!(of_documents(by_name("in", json!([{"b": 2, "a": 1}, 1]))).await, [1]);
    assert_eq!(of_documents(by_name("lt", json!({"a": 2, "b": 0}))).await, [1, 2]);
    assert_eq!(of_documents(Document::condition("xml", "eq", &json!("<a/>")).unwrap()).await, [1]);
    assert_eq!(of_shapes(Shape::condition("point", "eq", &json!("(1,2)")).unwrap()).await, [1]);
    // Grouped by what the server does sort.
    let document = Document::JSON.cast_to::<JsonValue>();
    let groups = Document::query().group_by(document.clone()).select((document, count())).all(&dbs).await;
    assert_eq!(groups.unwrap().len(), 2);
    let texts = Shape::query().select(Shape::POINT.cast_to::<String>()).distinct().count(&dbs).await;
    assert_eq!(texts.unwrap(), 2);
    let bools = Time::query().select((min(Time::BOOL), max(Time::BOOL))).one(&dbs).await;
    assert_eq!(bools.unwrap(), (Some(false), Some(true)));
    // Chosen ones too, whose SQL type nobody says.
    let chosen = when(Time::ID.gt(1), true).otherwise(false);
    let some = when(Time::ID.gt(1), true).end();
    let bools =
        Time::query().select((min(chosen.clone()), max(chosen), max(coalesce(some, false)))).one(&dbs);
    assert_eq!(bools.await.unwrap(), (Some(false), Some(true), Some(true)));
}

#[tokio::test]
async fn what_the_server_cannot_do_is_told_before_it_is_sent() {
    let (_db, dbs) = documents().await;
    fn refused<T>(result: Result<T>, words: &str) {
        match result {
            Err(Error::InvalidQuery { why, .. }) => assert!(why.contains(words), "{why}"),
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("it was sent: {words}"),
        }
    }
    let untold = "does not sort or tell apart";
    let documents = Document::query;
    refused(documents().group_by(Document::JSON).select(count()).all(&dbs).await, untold);
    refused(documents().order_by(Document::JSON.asc()).all(&dbs).await, untold);
    refused(documents().select(Document::JSON).distinct().all(&dbs).await, untold);
    refused(documents().distinct_on(Document::XML).all(&dbs).await, untold);
    refused(documents().select(count_distinct(Document::JSON)).one(&dbs).await, untold);
    let numbered = row_number().over(partition_by(Document::JSON));
    refused(documents().select(numbered).all(&dbs).await, untold);
    refused(documents().union(documents()).all(&dbs).await, untold);
    assert_eq!(documents().union_all(documents()).all(&dbs).await.unwrap().len(), 4);
    let json = || documents().select((Document::ID, Document::JSON));
    refused(json().union(json()).all(&dbs).await, untold);
    assert_eq!(json().union_all(json()).count(&dbs).await.unwrap(), 4);
    let annotated = || documents().annotate(Document::ID + 1);
    refused(annotated().except(annotated()).all(&dbs).await, untold);
    let other = Document::alias("other");
    let pairs = || Time::query().join(other.on(other.column(Document::ID).eq(Time::ID)));
    refused(pairs().intersect(pairs()).all(&dbs).await, untold);
    refused(pairs().union_all(pairs()).union(pairs()).all(&dbs).await, untold);
    let selected = documents().select(Document::XML);
    refused(documents().filter(Document::XML.in_query(selected)).all(&dbs).await, untold);
    let unordered = "does not order";
    let point = Point { x: 1.0, y: 2.0 };
    refused(Shape::query().filter(Shape::POINT.lt(point)).all(&dbs).await, unordered);
    refused(Shape::query().filter(Shape::POINT.between(point, point)).all(&dbs).await, unordered);
    let by_name = Shape::condition("point", "lt", &json!("(1,2)")).unwrap();
    refused(Shape::query().filter(by_name).all(&dbs).await, unordered);
    refused(Time::query().select(max(Time::UUID)).one(&dbs).await, "no `min` and `max`");
    // A value in the document can be all of that.
    let by_value = documents().order_by(Document::JSON.text_at(["a"]).desc()).select(Document::ID);
    assert_eq!(by_value.all(&dbs).await.unwrap(), [2, 1]);
}
