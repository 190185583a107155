//! What happens to a program whose rows hold what its types cannot: and with the manifest's choices, that nothing does.

use std::ops::Bound;

use ormgen_runtime::{Error, config::ConnectionConfig, functions::sum, prelude::*, types::*};
use ormgen_tests::{
    generated::extreme::{
        Databases,
        extremes::{Extremes, Moment, NewMoment, NewPlainMoment, PlainMoment},
    },
    server::{TestDb, server},
};

async fn open() -> (TestDb, Databases) {
    let db = server(2).create_database("extremes").await;
    let schema = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/extremes.sql");
    db.batch(&std::fs::read_to_string(schema).expect("the schema")).await;
    let dbs = Databases::lazy(vec![ConnectionConfig::new("extremes", db.url())]).expect("a pool");
    (db, dbs)
}

#[tokio::test]
async fn the_manifests_choices_hold_every_value() {
    let (_db, dbs) = open().await;
    let moment =
        Moment::insert(NewMoment { day: None, days: None }).one(&dbs).await.expect("a row of defaults");
    assert_eq!((moment.until, moment.noted), (OrInfinity::Infinity, OrInfinity::NegInfinity));
    assert!(matches!(moment.span.upper(), Some(Bound::Excluded(OrInfinity::Infinity))), "{:?}", moment.span);
    assert_eq!(moment.closes, Time::MAX);
    assert_eq!(moment.tags.values(), [Some("a".to_owned()), None]);
    assert_eq!((moment.grid.get(&[2, 1]), moment.grid.get(&[1, 2])), (Some(&Some(3)), Some(&None)));
    assert_eq!(moment.amount.to_string(), "12345678901234567890123456789.5");
    assert_eq!(moment.price, Decimal::new(999, 2));
    assert_eq!(moment.settings.0, r#"{"balance": 123456789012345678901234567890}"#);
    assert!(matches!(moment.bounds.upper(), Some(Bound::Included(upper)) if *upper == Numeric::INFINITY));

    // What was read is written back as it was, and found by its values.
    let again = Moment::find(moment.id)
        .update()
        .set(Moment::UNTIL, moment.until)
        .set(Moment::SPAN, moment.span)
        .set(Moment::TAGS, moment.tags.clone())
        .set(Moment::GRID, moment.grid.clone())
        .set(Moment::AMOUNT, moment.amount.clone())
        .set(Moment::SETTINGS, moment.settings.clone())
        .set(Moment::CLOSES, moment.closes)
        .one(&dbs)
        .await
        .expect("the row");
    assert_eq!(again, moment);
    // A finite time goes beside one that may be infinite.
    let noon = NaiveDate::from_ymd_opt(2026, 11, 26)
        .expect("a date")
        .and_hms_opt(12, 0, 0)
        .expect("a time")
        .and_utc();
    let lasting = Moment::UNTIL.gt(noon).and(Moment::NOTED.lt(noon.naive_utc()));
    assert_eq!(Moment::query().filter(lasting).count(&dbs).await.expect("a count"), 1);
    let forever = Moment::query().filter(Moment::UNTIL.eq(OrInfinity::Infinity));
    assert_eq!(forever.filter(Moment::AMOUNT.gt(1)).count(&dbs).await.expect("a count"), 1);
    let total = Moment::query().select(sum(Moment::AMOUNT)).one(&dbs).await.expect("a sum");
    assert_eq!(total, Some(moment.amount));
}

/// A number that would be rounded, or be none, fails the query: nothing else is read in its place.
#[tokio::test]
async fn a_number_that_does_not_fit_is_an_error() {
    let (_db, dbs) = open().await;
    for sql in [
        "SELECT 12345678901234567890123456789.5",
        "SELECT 1e-60::numeric",
        "SELECT 'NaN'::numeric",
        "SELECT 'Infinity'::numeric",
    ] {
        let read = Extremes::sql::<Decimal>(sql).one(&dbs).await;
        assert!(matches!(read, Err(Error::Decode { took_effect: false, .. })), "{sql}: {read:?}");
        let read = Extremes::sql::<Option<Decimal>>(sql).one(&dbs).await;
        assert!(matches!(read, Err(Error::Decode { .. })), "{sql}: {read:?}");
        let read = Extremes::sql::<(i32, Decimal)>(sql.replace("SELECT", "SELECT 1,").leak()).one(&dbs).await;
        assert!(matches!(read, Err(Error::Decode { .. })), "{sql}: {read:?}");
        let exact = Extremes::sql::<Numeric>(sql).one(&dbs).await.expect("a `Numeric` holds it");
        assert!(Decimal::try_from(&exact).is_err(), "{sql}");
    }
}

/// The row is stored, and the error says so: a program must not store it again.
#[tokio::test]
async fn an_insert_whose_row_cannot_be_read_says_that_it_is_stored() {
    let (_db, dbs) = open().await;
    let insert = || PlainMoment::insert(NewPlainMoment {});
    let error = insert().one(&dbs).await.expect_err("the price is no number");
    assert!(matches!(error, Error::Decode { took_effect: true, .. }), "{error}");
    assert!(
        error.to_string().contains("the statement took effect (in a transaction only if that commits), but the value of `PlainMoment.price`"),
        "{error}"
    );
    let count = async || PlainMoment::query().count(&dbs).await.expect("a count");
    assert_eq!(count().await, 1);

    // Many rows, of which the first cannot be read: all are stored.
    let many = (0..500).map(|_| NewPlainMoment {});
    let error = PlainMoment::insert_many(many).all(&dbs).await.expect_err("no price is a number");
    assert!(matches!(error, Error::Decode { took_effect: true, .. }), "{error}");
    assert_eq!(count().await, 501);

    let sql = "UPDATE plain_moments SET price = 'NaN' RETURNING id, price";
    let error =
        Extremes::sql::<(i64, Decimal)>(sql).returning().all(&dbs).await.expect_err("no price is a number");
    assert!(matches!(error, Error::Decode { took_effect: true, .. }), "{error}");
    let error = Extremes::sql::<i64>(sql).returning().all(&dbs).await.expect_err("two columns");
    assert!(matches!(&error, Error::Columns { .. }) && error.to_string().contains("took effect"), "{error}");

    // In a transaction it is undone with it.
    let tx = dbs.extremes.begin().await.expect("a transaction");
    let error = insert().one(&tx).await.expect_err("the price is no number");
    assert!(matches!(error, Error::Decode { took_effect: true, .. }), "{error}");
    tx.rollback().await.expect("a rollback");
    assert_eq!(count().await, 501);

    // A read has changed nothing.
    let error = PlainMoment::query().all(&dbs).await.expect_err("no price is a number");
    assert!(matches!(error, Error::Decode { took_effect: false, .. }), "{error}");
}
