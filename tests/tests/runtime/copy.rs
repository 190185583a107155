//! Many rows at once go in by `COPY`, and nothing but the time tells.

use std::{pin::pin, time::Duration};

use futures_util::future::{Either, select};
use ormgen_runtime::{Error, Result, config::ConnectionConfig, prelude::*, types};
use ormgen_tests::{
    generated::shop::{
        Databases,
        crm::Customer,
        orders::{Item, NewItem, NewTag, Tag},
    },
    server::TestDb,
};

use crate::support::{Shop, ask, ask_counted, customers, eventually, order, products, soon};

/// Enough to be copied.
const MANY: usize = 3_000;

/// How many `COPY`s the server has run in this database since this was last asked. (PostgreSQL 15 and older count a
/// prepared one once a connection.)
async fn copies(db: &TestDb) -> i64 {
    const SQL: &str = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements
         WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND query LIKE 'COPY %'";
    ask_counted(db, SQL).await
}

/// A shop whose servers count what they do.
async fn counted() -> Shop {
    let shop = Shop::open().await;
    for db in [&shop.crm, &shop.orders] {
        db.batch("CREATE EXTENSION pg_stat_statements").await;
        copies(db).await;
    }
    shop
}

fn tags(count: usize) -> Vec<NewTag> {
    (0..count).map(|n| NewTag { name: format!("t{n}") }).collect()
}

/// So large that they do not fit into the buffers of a Unix socket. (A kernel may buffer all of them for TCP: then the
/// server has every row, whoever goes away.)
fn large_tags() -> Vec<NewTag> {
    tags(MANY).into_iter().map(|tag| NewTag { name: tag.name + &"x".repeat(10_000) }).collect()
}

async fn count_tags(shop: &Shop) -> i64 {
    Tag::query().count(&shop.dbs).await.unwrap()
}

#[tokio::test]
async fn where_nothing_is_asked_back() {
    let shop = counted().await;
    let mut rows = customers(MANY);
    rows[1].born_on = types::NaiveDate::from_ymd_opt(2000, 2, 29);
    rows[2].name = "Ünïcode\n\t\\N \u{1F980}".into();
    assert_eq!(Customer::insert_many(rows.clone()).execute(&shop.dbs).await.unwrap(), MANY as u64);
    assert_eq!(copies(&shop.crm).await, 1);
    let stored = Customer::query().order_by(Customer::ID.asc()).all(&shop.dbs).await.unwrap();
    assert_eq!(stored.len(), MANY);
    for (stored, row) in stored.iter().zip(&rows) {
        assert_eq!((&stored.name, &stored.email), (&row.name, &row.email));
        assert_eq!((stored.born_on, stored.referrer_id), (row.born_on, row.referrer_id));
        assert!(stored.active && stored.tags.is_empty(), "defaults are filled in");
    }

    let again = || Customer::insert_many(rows.clone());
    let doubles = again().on_conflict(Customer::EMAIL).do_nothing().execute(&shop.dbs).await.unwrap();
    assert_eq!(doubles, 0);
    Customer::query().delete().execute(&shop.dbs).await.unwrap();
    assert_eq!(again().all(&shop.dbs).await.unwrap().len(), MANY);
    Customer::query().delete().execute(&shop.dbs).await.unwrap();
    Customer::insert_many(customers(100)).execute(&shop.dbs).await.unwrap();
    assert_eq!(copies(&shop.crm).await, 0, "what COPY cannot do, or does no faster");
}

#[tokio::test]
async fn whole_rows_with_their_identities() {
    let shop = counted().await;
    let connections = [(&shop.dbs.crm, &shop.crm), (&shop.dbs.crm_eu, &shop.crm_eu)];
    let [(from, db), (to, _)] = connections;
    Customer::insert_many(customers(MANY)).execute(from).await.unwrap();
    Customer::query()
        .filter(Customer::NAME.eq("c7"))
        .update()
        .set(Customer::TAGS, vec!["a".to_owned(), "b,\"c\"".to_owned()])
        .execute(from)
        .await
        .unwrap();
    copies(db).await;
    let all = || Customer::query().order_by(Customer::ID.desc());
    let rows = all().all(from).await.unwrap();
    assert_eq!(Customer::insert_rows(rows.clone()).execute(to).await.unwrap(), MANY as u64);
    assert_eq!(all().all(to).await.unwrap(), rows);
    Customer::query().delete().execute(from).await.unwrap();
    assert_eq!(Customer::insert_rows(rows.clone()).execute(from).await.unwrap(), MANY as u64);
    assert_eq!(all().all(from).await.unwrap(), rows);
    assert_eq!(copies(db).await, 1);
}

#[tokio::test]
async fn an_identity_stays_the_databases_own() {
    let shop = counted().await;
    products(&shop.dbs, &["A-1"]).await;
    let order = order(&shop.dbs, 1, &[]).await;
    shop.orders.batch("ALTER TABLE items ALTER line_no ADD GENERATED ALWAYS AS IDENTITY").await;
    for count in [10, MANY] {
        let item = |line_no: usize| NewItem {
            order_id: order.id,
            line_no: line_no as i16,
            sku: "A-1".into(),
            price: types::Decimal::ONE,
        };
        let error = Item::insert_many((0..count).map(item)).execute(&shop.dbs).await.unwrap_err();
        assert!(error.to_string().contains("428C9"), "{error}");
    }
    assert_eq!(Item::query().count(&shop.dbs).await.unwrap(), 0);
}

#[tokio::test]
async fn transactions_and_savepoints_hold_it() {
    let shop = counted().await;
    let tx = shop.dbs.orders.begin().await.unwrap();
    Tag::insert_many(tags(MANY)).execute(&tx).await.unwrap();
    let again = tx.savepoint(async |savepoint| Tag::insert_many(tags(MANY)).execute(savepoint).await);
    let error = again.await.unwrap_err();
    assert!(matches!(error, Error::UniqueViolation(_)), "{error}");
    assert_eq!(count_tags(&shop).await, 0, "not before the commit");
    tx.commit().await.unwrap();
    assert_eq!(count_tags(&shop).await, MANY as i64);
    assert_eq!(copies(&shop.orders).await, 1, "the other failed, and is not counted by the server");

    let tx = shop.dbs.orders.begin().await.unwrap();
    Tag::query().delete().execute(&tx).await.unwrap();
    Tag::insert_many(tags(MANY + 1)).execute(&tx).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(count_tags(&shop).await, MANY as i64);
}

/// `COPY` refuses such a table, which would be the end of a transaction.
#[tokio::test]
async fn policies_are_minded() {
    let shop = counted().await;
    let role = format!("clerk_{}", shop.orders.name());
    shop.orders
        .batch(&format!(
            "CREATE ROLE {role};
             GRANT USAGE ON SCHEMA public TO {role};
             GRANT ALL ON tags TO {role};
             ALTER TABLE tags ENABLE ROW LEVEL SECURITY;
             CREATE POLICY no_secrets ON tags USING (true) WITH CHECK (name <> 'secret')"
        ))
        .await;
    let tx = shop.dbs.orders.begin().await.unwrap();
    tx.batch(&format!("SET LOCAL ROLE {role}")).await.unwrap();
    assert_eq!(Tag::insert_many(tags(MANY)).execute(&tx).await.unwrap(), MANY as u64);
    let mut rows = tags(MANY);
    rows.iter_mut().for_each(|tag| tag.name.push('!'));
    rows[2_500].name = "secret".into();
    let secret = tx.savepoint(async |savepoint| Tag::insert_many(rows.clone()).execute(savepoint).await);
    let error = secret.await.unwrap_err();
    assert!(error.to_string().contains("row-level security"), "{error}");
    assert_eq!(copies(&shop.orders).await, 0);
    // Those whom it does not bind are as fast as ever, on the same connection.
    tx.batch("RESET ROLE").await.unwrap();
    assert_eq!(Tag::insert_many(rows).execute(&tx).await.unwrap(), MANY as u64);
    assert_eq!(copies(&shop.orders).await, 1);
    tx.rollback().await.unwrap();
    shop.orders.batch(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

#[tokio::test]
async fn rules_are_minded_and_triggers_fire() {
    let shop = counted().await;
    shop.orders
        .batch(
            "CREATE TABLE log (what text);
             CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN INSERT INTO log VALUES ('trigger'); RETURN new; END $$;
             CREATE TRIGGER note AFTER INSERT ON tags FOR EACH ROW EXECUTE FUNCTION note()",
        )
        .await;
    let logged = async |what: &str| {
        let sql = format!("SELECT count(*) FROM log WHERE what = '{what}'");
        ask::<i64>(&shop.orders, &sql).await
    };
    let connection = shop.dbs.orders.connection().await.unwrap();
    Tag::insert_many(tags(MANY)).execute(&connection).await.unwrap();
    assert_eq!((copies(&shop.orders).await, logged("trigger").await), (1, MANY as i64));

    Tag::query().delete().execute(&connection).await.unwrap();
    shop.orders.batch("CREATE RULE noted AS ON INSERT TO tags DO ALSO INSERT INTO log VALUES ('rule')").await;
    Tag::insert_many(tags(MANY)).execute(&connection).await.unwrap();
    assert_eq!((copies(&shop.orders).await, logged("rule").await > 0), (0, true));
}

/// Values written for what a column once was would be taken for something else.
#[tokio::test]
async fn a_column_that_became_of_another_type() {
    let shop = counted().await;
    products(&shop.dbs, &["A-1"]).await;
    let order = order(&shop.dbs, 1, &[]).await;
    let item =
        |line_no| NewItem { order_id: order.id, line_no, sku: "A-1".into(), price: types::Decimal::TWO };
    let connection = shop.dbs.orders.connection().await.unwrap();
    Item::insert_many((1..=MANY as i16).map(item)).execute(&connection).await.unwrap();
    shop.orders.batch("DROP VIEW order_totals CASCADE; TRUNCATE items CASCADE; ALTER TABLE items ALTER line_no TYPE bigint").await;
    copies(&shop.orders).await;
    Item::insert_many((1..=MANY as i16).map(item)).execute(&connection).await.unwrap();
    assert_eq!(copies(&shop.orders).await, 0);
    let sum: i64 = ask(&shop.orders, "SELECT sum(line_no)::bigint FROM items WHERE price = 2").await;
    assert_eq!(sum, (MANY * (MANY + 1) / 2) as i64);
}

/// What is told of a row that is refused is the same whichever way it went.
#[tokio::test]
async fn violations_say_the_same() {
    let shop = counted().await;
    products(&shop.dbs, &["A-1"]).await;
    let order = order(&shop.dbs, 1, &[]).await;
    shop.orders.batch("ALTER TABLE items ADD CHECK (line_no <> 5)").await;
    shop.orders.batch("ALTER TABLE items ALTER quantity SET DEFAULT NULL").await;
    shop.crm.batch("ALTER TABLE customers ALTER born_on SET NOT NULL").await;
    let mut told = Vec::new();
    for count in [10, MANY] {
        let item = |line_no, sku: &str| NewItem {
            order_id: order.id,
            line_no,
            sku: sku.into(),
            price: types::Decimal::ONE,
        };
        let items = async |changed: NewItem| {
            let rows = (10..10 + count as i16).map(|line_no| item(line_no, "A-1")).chain([changed]);
            Item::insert_many(rows).execute(&shop.dbs).await.unwrap_err()
        };
        let quantity = items(item(1, "A-1")).await;
        shop.orders.batch("ALTER TABLE items ALTER quantity SET DEFAULT 1").await;
        let errors = [
            quantity,
            items(item(10, "A-1")).await,
            items(item(5, "A-1")).await,
            items(item(1, "B-2")).await,
            items(item(1, "no sku")).await,
            Customer::insert_many(customers(count)).execute(&shop.dbs).await.unwrap_err(),
        ];
        shop.orders.batch("ALTER TABLE items ALTER quantity SET DEFAULT NULL").await;
        told.push(errors.map(|error| match error {
            Error::UniqueViolation(violation) => format!("unique {violation:?}"),
            Error::CheckViolation(violation) => format!("check {violation:?}"),
            Error::ForeignKeyViolation(violation) => format!("key {violation:?}"),
            Error::NotNullViolation(violation) => format!("null {violation:?}"),
            other => panic!("{other}"),
        }));
        assert_eq!(Item::query().count(&shop.dbs).await.unwrap(), 0);
    }
    assert_eq!(told[0], told[1]);
    let kinds = told[0].each_ref().map(|text| text.split(' ').next().unwrap_or_default());
    assert_eq!(kinds, ["null", "unique", "check", "key", "check", "null"]);
}

#[tokio::test]
async fn a_value_that_the_server_refuses() {
    let shop = counted().await;
    let connection = shop.dbs.orders.connection().await.unwrap();
    let mut rows = tags(MANY);
    rows[2_000].name = "a\0b".into();
    let error = Tag::insert_many(rows).execute(&connection).await.unwrap_err();
    assert!(matches!(error, Error::ValueOutOfRange { .. }), "{error}");
    assert_eq!(Tag::query().count(&connection).await.unwrap(), 0);
    assert_eq!(Tag::insert_many(tags(MANY)).execute(&connection).await.unwrap(), MANY as u64);
}

/// A shop whose orders are reached by the server's Unix socket.
async fn through_a_socket() -> Shop {
    let mut shop = counted().await;
    let orders = ConnectionConfig::new("orders", shop.orders.url_by_socket().await);
    let [crm, crm_eu] = [("crm", &shop.crm), ("crm_eu", &shop.crm_eu)]
        .map(|(alias, db)| ConnectionConfig::new(alias, db.url()));
    shop.dbs = Databases::lazy([crm, crm_eu, orders].into()).expect("the settings are right");
    shop
}

/// A `COPY` that waits in the middle for a row that somebody else is about to insert.
async fn held_up(shop: &Shop, rows: &[NewTag]) -> tokio_postgres::Client {
    let other = shop.orders.connect().await;
    let name = &rows[1_500].name;
    other.batch_execute("BEGIN").await.unwrap();
    other.execute("INSERT INTO tags (name) VALUES ($1)", &[name]).await.unwrap();
    other
}

/// Runs an insert until its `COPY` waits for somebody else's row.
async fn until_held_up(shop: &Shop, inserting: &mut (dyn Future<Output = Result<u64>> + Unpin)) {
    let waits = eventually("the copy waits for the other one", async || {
        copies_under_way(shop, "AND wait_event_type = 'Lock'").await == 1
    });
    match select(inserting, pin!(waits)).await {
        Either::Left((done, _)) => panic!("somebody holds it up: {done:?}"),
        Either::Right(_) => {}
    }
}

async fn copies_under_way(shop: &Shop, also: &str) -> i64 {
    let sql = format!(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE 'COPY %' AND state <> 'idle' {also}"
    );
    ask(&shop.orders, &sql).await
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_nothing() {
    let shop = through_a_socket().await;
    let rows = large_tags();
    let insert = || Tag::insert_many(rows.clone());

    let other = held_up(&shop, &rows).await;
    until_held_up(&shop, &mut Box::pin(insert().execute(&shop.dbs))).await;
    drop(other);
    eventually("the server stops", async || copies_under_way(&shop, "").await == 0).await;
    assert_eq!(count_tags(&shop).await, 0, "on a pool");

    let other = held_up(&shop, &rows).await;
    let connection = shop.dbs.orders.connection().await.unwrap();
    until_held_up(&shop, &mut Box::pin(insert().execute(&connection))).await;
    drop(other);
    assert_eq!(soon(Tag::query().count(&connection)).await.unwrap(), 0, "on a connection");
    assert_eq!(soon(insert().execute(&connection)).await.unwrap(), MANY as u64);
    Tag::query().delete().execute(&connection).await.unwrap();
    drop(connection);

    let other = held_up(&shop, &rows).await;
    let tx = shop.dbs.orders.begin().await.unwrap();
    until_held_up(&shop, &mut Box::pin(insert().execute(&tx))).await;
    drop(other);
    let ended = soon(tx.commit()).await;
    assert!(matches!(ended, Err(Error::Aborted { .. })), "{ended:?}");
    assert_eq!(count_tags(&shop).await, 0, "in a transaction");

    // Dropped before the first turn, and after each of the next ones: a fast machine may have stored all by then.
    for turns in 0..40 {
        let mut inserting = Box::pin(insert().execute(&shop.dbs));
        for _ in 0..turns {
            if tokio::time::timeout(Duration::from_micros(50), &mut inserting).await.is_ok() {
                break;
            }
        }
    }
    eventually("the server stops", async || copies_under_way(&shop, "").await == 0).await;
    let stored = Tag::query().delete().execute(&shop.dbs).await.unwrap();
    assert!([0, MANY as u64].contains(&stored), "{stored} rows");
    assert_eq!(soon(insert().execute(&shop.dbs)).await.unwrap(), MANY as u64);
    assert_eq!(count_tags(&shop).await, MANY as i64);
}

/// The server has all rows, and nobody commits them.
#[tokio::test]
async fn a_caller_that_goes_away_after_the_last_row_leaves_nothing() {
    let shop = counted().await;
    let connection = shop.dbs.orders.connection().await.unwrap();
    let other = held_up(&shop, &tags(MANY)).await;
    until_held_up(&shop, &mut Box::pin(Tag::insert_many(tags(MANY)).execute(&connection))).await;
    drop(other);
    assert_eq!(soon(Tag::query().count(&connection)).await.unwrap(), 0);
}

/// A migration that waits behind the question for the types of the columns.
#[tokio::test]
async fn a_column_whose_type_is_changed_meanwhile() {
    let shop = counted().await;
    let other = shop.orders.connect().await;
    other.batch_execute("BEGIN; LOCK TABLE tags IN SHARE MODE").await.unwrap();
    let inserting = Tag::insert_many(tags(MANY)).execute(&shop.dbs);
    let waits = async |count| {
        const WAITS: &str = "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually("they wait", async || ask::<i64>(&shop.orders, WAITS).await == count).await;
    };
    let migrating = async {
        waits(1).await;
        const DIGEST: &str = "ALTER TABLE tags ALTER name TYPE bytea USING convert_to(name || '!', 'UTF8')";
        let migrated = shop.orders.batch(DIGEST);
        let release = async {
            waits(2).await;
            other.batch_execute("COMMIT").await.unwrap();
        };
        futures_util::future::join(migrated, release).await;
    };
    let (inserted, ()) = soon(futures_util::future::join(inserting, migrating)).await;
    assert_eq!(inserted.unwrap(), MANY as u64);
    // All rows were there before the migration.
    const MIGRATED: &str = "SELECT count(*) FROM tags WHERE convert_from(name, 'UTF8') LIKE 't%!'";
    assert_eq!(ask::<i64>(&shop.orders, MIGRATED).await, MANY as i64);
}

#[tokio::test]
async fn a_server_that_gives_up() {
    let shop = counted().await;
    let rows = large_tags();
    let insert = || Tag::insert_many(rows.clone());
    let connection = shop.dbs.orders.connection().await.unwrap();
    connection.batch("SET statement_timeout = '300ms'").await.unwrap();
    let other = held_up(&shop, &rows).await;
    let error = soon(insert().execute(&connection)).await.unwrap_err();
    assert!(matches!(error, Error::Cancelled { .. }), "{error}");
    drop(other);
    connection.batch("SET statement_timeout = 0").await.unwrap();
    assert_eq!(soon(insert().execute(&connection)).await.unwrap(), MANY as u64, "the connection is fine");
    Tag::query().delete().execute(&connection).await.unwrap();

    let other = held_up(&shop, &rows).await;
    let end = async {
        eventually("the copy is under way", async || copies_under_way(&shop, "").await == 1).await;
        const END: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND query LIKE 'COPY %'";
        shop.orders.batch(END).await;
    };
    let (inserted, ()) = soon(futures_util::future::join(insert().execute(&connection), end)).await;
    let error = inserted.unwrap_err();
    assert!(matches!(error, Error::ConnectionLost { .. }), "{error}");
    drop(other);
    assert_eq!(count_tags(&shop).await, 0);
}

#[tokio::test]
async fn partitions_get_their_rows() {
    use ormgen_tests::generated::reporting::analytics::AnalyticsPageView as View;
    let dbs = crate::many::with_arrays().await;
    let rows = crate::many::views(MANY);
    View::insert_many(rows.clone()).execute(&dbs).await.unwrap();
    let stored = View::query().order_by(View::SEEN_AT.asc()).all(&dbs).await.unwrap();
    assert_eq!(stored.len(), MANY);
    for (stored, row) in stored.iter().zip(&rows) {
        assert_eq!((&stored.path, &stored.visitor), (&row.path, &row.visitor));
        assert_eq!((&stored.load_times, &stored.headers), (&row.load_times, &row.headers));
        assert_eq!((&stored.device, &stored.seen_at), (&row.device, &row.seen_at));
    }
}
