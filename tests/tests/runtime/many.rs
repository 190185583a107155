//! Inserts of many rows: any number of them, all or none.

use ormgen_runtime::{Error, config::ConnectionConfig, prelude::*, types};
use ormgen_tests::{
    generated::{
        reporting::{self, analytics},
        shop::{
            crm::Customer,
            orders::{Item, NewItem, NewTag, Tag},
        },
    },
    server::server,
};

use crate::support::{Shop, customers, order, products};

const NUMBERS: [usize; 5] = [0, 1, 2, 1_000, 10_000];

#[tokio::test]
async fn any_number_of_scalar_rows() {
    let shop = Shop::open().await;
    for number in NUMBERS {
        let rows = customers(number);
        assert_eq!(Customer::insert_many(rows.clone()).execute(&shop.dbs).await.unwrap(), number as u64);
        assert_eq!(Customer::query().count(&shop.dbs).await.unwrap(), number as i64);
        Customer::query().delete().execute(&shop.dbs).await.unwrap();

        let stored = Customer::insert_many(rows.clone()).all(&shop.dbs).await.unwrap();
        let names = stored.iter().map(|customer| &customer.name);
        assert!(names.eq(rows.iter().map(|row| &row.name)), "in the order given");
        Customer::query().delete().execute(&shop.dbs).await.unwrap();
    }
}

#[tokio::test]
async fn nulls_and_values_of_domains_side_by_side() {
    let shop = Shop::open().await;
    let mut rows = customers(3);
    rows[1].born_on = types::NaiveDate::from_ymd_opt(2000, 2, 29);
    let stored = Customer::insert_many(rows).all(&shop.dbs).await.unwrap();
    let born: Vec<_> = stored.iter().map(|customer| customer.born_on.map(|day| day.to_string())).collect();
    assert_eq!(born, [None, Some("2000-02-29".to_owned()), None]);

    // Two columns of domains, one over varchar and one over numeric.
    products(&shop.dbs, &["A-1", "B-2"]).await;
    let order = order(&shop.dbs, 1, &["B-2", "A-1", "B-2"]).await;
    let lines = Item::query().filter(Item::ORDER_ID.eq(order.id)).order_by(Item::LINE_NO.asc());
    let lines: Vec<_> = lines.all(&shop.dbs).await.unwrap().into_iter().map(|line| line.sku).collect();
    assert_eq!(lines, ["B-2", "A-1", "B-2"]);
}

/// A database of tables with columns that `UNNEST` would take apart.
pub async fn with_arrays() -> reporting::Databases {
    let db = server(1).create_database("arrays").await;
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/analytics.sql");
    db.batch(&std::fs::read_to_string(schema).unwrap()).await;
    db.batch("INSERT INTO analytics.sites (host) VALUES ('example.org')").await;
    reporting::Databases::lazy(vec![ConnectionConfig::new("analytics", db.url())]).unwrap()
}

pub fn views(count: usize) -> Vec<analytics::NewAnalyticsPageView> {
    let view = |n: usize| analytics::NewAnalyticsPageView {
        site_id: 1,
        seen_at: types::DateTime::from_timestamp(1_767_225_600 + n as i64, 0).unwrap(),
        path: format!("/{n}"),
        visitor: types::Uuid::from_u128(n as u128),
        address: None,
        device: analytics::AnalyticsDevice::Phone,
        took: None,
        load_times: n.is_multiple_of(2).then(|| vec![n as f32; n % 3]),
        headers: Some(serde_json::json!({ "n": n })),
    };
    (0..count).map(view).collect()
}

/// 10,000 rows of nine columns are more values than one statement takes.
#[tokio::test]
async fn any_number_of_rows_with_arrays() {
    use analytics::AnalyticsPageView as View;
    let dbs = with_arrays().await;
    for number in NUMBERS {
        let rows = views(number);
        assert_eq!(View::insert_many(rows.clone()).execute(&dbs).await.unwrap(), number as u64);
        assert_eq!(View::query().count(&dbs).await.unwrap(), number as i64);
        View::query().delete().execute(&dbs).await.unwrap();

        let stored = View::insert_many(rows.clone()).all(&dbs).await.unwrap();
        assert_eq!(stored.len(), number);
        for (stored, row) in stored.iter().zip(&rows) {
            assert_eq!((&stored.path, &stored.load_times), (&row.path, &row.load_times));
            assert_eq!(stored.headers, row.headers);
        }
        View::query().delete().execute(&dbs).await.unwrap();
    }
}

#[tokio::test]
async fn arrays_are_all_stored_or_none() {
    use analytics::AnalyticsPageView as View;
    let dbs = with_arrays().await;
    let mut rows = views(3000);
    rows[2999].site_id = 2;
    let refused = |result: ormgen_runtime::Result<u64>| {
        let error = result.expect_err("there is no site 2");
        assert!(matches!(error, Error::ForeignKeyViolation(_)), "{error}");
    };
    let count = async || View::query().count(&dbs).await.unwrap();

    refused(View::insert_many(rows.clone()).execute(&dbs).await);
    assert_eq!(count().await, 0, "on a pool");

    let connection = dbs.analytics.connection().await.unwrap();
    refused(View::insert_many(rows.clone()).execute(&connection).await);
    assert_eq!(count().await, 0, "on a connection");
    assert_eq!(View::insert_many(views(3000)).execute(&connection).await.unwrap(), 3000);
    assert_eq!(View::query().delete().execute(&connection).await.unwrap(), 3000);

    let tx = dbs.analytics.begin().await.unwrap();
    View::insert_many(views(2)).execute(&tx).await.unwrap();
    refused(View::insert_many(rows.clone()).execute(&tx).await);
    assert!(matches!(tx.commit().await, Err(Error::Aborted { .. })));
    assert_eq!(count().await, 0, "in a transaction");

    // In a transaction that goes well, all of it waits for the commit.
    let tx = dbs.analytics.begin().await.unwrap();
    View::insert_many(views(3000)).execute(&tx).await.unwrap();
    assert_eq!(count().await, 0);
    tx.commit().await.unwrap();
    assert_eq!(count().await, 3000);
}

/// The caller goes away in the middle: the statements that were done are undone.
#[tokio::test]
async fn an_insert_that_is_dropped_half_way_leaves_nothing() {
    use analytics::AnalyticsPageView as View;
    let dbs = with_arrays().await;
    let locker = dbs.analytics.begin().await.unwrap();
    locker.batch("LOCK TABLE analytics.page_views_2026_02").await.unwrap();
    // The first rows are of January; the last waits for the lock. So many rows are not yet copied.
    let mut rows = views(2400);
    rows[2399].seen_at = types::DateTime::parse_from_rfc3339("2026-02-03T00:00:00Z").unwrap().to_utc();
    let insert = View::insert_many(rows).execute(&dbs);
    let waited = tokio::time::timeout(std::time::Duration::from_millis(500), insert).await;
    assert!(waited.is_err(), "the lock is held");
    locker.rollback().await.unwrap();
    let connection = dbs.analytics.connection().await.unwrap();
    let again = dbs.analytics.connection().await.unwrap();
    for executor in [&connection, &again] {
        assert_eq!(View::query().count(executor).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn scalars_are_all_stored_or_none() {
    let shop = Shop::open().await;
    let mut rows: Vec<_> = (0..1000).map(|n| NewTag { name: format!("t{n}") }).collect();
    rows.push(NewTag { name: "t0".into() });
    let error = Tag::insert_many(rows).execute(&shop.dbs).await.unwrap_err();
    assert!(matches!(error, Error::UniqueViolation(_)), "{error}");
    assert_eq!(Tag::query().count(&shop.dbs).await.unwrap(), 0);
}

#[tokio::test]
async fn a_check_of_a_domain_holds_for_every_row() {
    let shop = Shop::open().await;
    products(&shop.dbs, &["A-1"]).await;
    let order = order(&shop.dbs, 1, &[]).await;
    let item = |line_no, sku: &str| NewItem {
        order_id: order.id,
        line_no,
        sku: sku.into(),
        price: types::Decimal::ONE,
    };
    let error = Item::insert_many([item(1, "A-1"), item(2, "no sku")]).execute(&shop.dbs).await.unwrap_err();
    assert!(matches!(error, Error::CheckViolation(_)), "{error}");
    assert_eq!(Item::query().count(&shop.dbs).await.unwrap(), 0);
}
