//! Neither an error nor a log line shows a password or a value.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use ormgen_runtime::{Error, config::ConnectionConfig, functions::at_time_zone, prelude::*};
use ormgen_tests::{
    generated::shop::{
        Databases,
        crm::{Crm, Customer},
    },
    server::server,
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::Interest,
};

use crate::support::{Shop, crm_on, customer};

/// Everything that is logged, by `tracing` or by the driver's `log`.
#[derive(Clone, Default)]
struct Seen {
    text: Arc<Mutex<String>>,
    spans: Arc<AtomicU64>,
    enough: Arc<AtomicBool>,
}

impl Seen {
    fn add(&self, text: impl fmt::Display) {
        let mut seen = self.text.lock().unwrap();
        *seen += &format!("{text}\n");
    }

    fn text(&self) -> String {
        self.text.lock().unwrap().clone()
    }
}

impl Visit for &Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(format_args!("{field}={value:?}"));
    }
}

impl Subscriber for Seen {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        !self.enough.load(Ordering::Relaxed)
    }
    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        self.add(span.metadata().name());
        span.record(&mut &*self);
        span::Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed) + 1)
    }
    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut &*self);
    }
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut &*self);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// What the driver logs.
struct Driver(Seen);

impl log::Log for Driver {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }
    fn log(&self, record: &log::Record<'_>) {
        self.0.add(record.args());
    }
    fn flush(&self) {}
}

const PASSWORD: &str = "pass-3f9c1e";
const VALUE: &str = "value-7a41d0";

#[tokio::test]
async fn nothing_shows_a_password_or_a_value() {
    let seen = Seen::default();
    log::set_boxed_logger(Box::new(Driver(seen.clone()))).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    // One for the whole process, like the logger: other tests' records come too.
    tracing::subscriber::set_global_default(seen.clone()).unwrap();
    tracing::callsite::rebuild_interest_cache();

    // Each statement counts as slow.
    ormgen_runtime::log_slow_statements(Duration::ZERO);
    let (shop, errors) = fail_in_every_way().await;
    ormgen_runtime::log_slow_statements(None);
    log::set_max_level(log::LevelFilter::Off);
    seen.enough.store(true, Ordering::Relaxed);

    // The logs are not empty: they show which statements went where.
    let text = seen.text();
    for expected in [
        "connection=\"crm\"",
        "model=\"Customer\"",
        "statement=\"insert\"",
        "executing statement",
        "db.system.name=\"postgresql\"",
        "db.collection.name=\"public.customers\"",
        "db.operation.name=\"INSERT\"",
        "db.query.summary=INSERT public.customers",
        "db.query.summary=SELECT public.customers",
        "error.type=\"23505\"",
        "db.response.status_code=\"23505\"",
        "message=slow statement",
        "db.query.text=\"SELECT",
    ] {
        assert!(text.contains(expected), "{expected}");
    }
    for secret in [PASSWORD, VALUE, "12345678"] {
        assert!(!text.contains(secret), "logged: {}", excerpt(&text, secret));
        for error in &errors {
            let text = format!("{error} {error:?} {error:#?}");
            assert!(!text.contains(secret), "{text}");
        }
        let text = format!("{:?} {:?}", shop.dbs, shop.dbs.crm.begin().await);
        assert!(!text.contains(secret), "{text}");
    }
    let query = Customer::query().filter(Customer::NAME.eq(VALUE).and(Customer::ID.eq(12_345_678)));
    let update = Customer::query().update().set(Customer::NAME, VALUE);
    let text = format!("{query:?} {update:?}");
    assert!(!text.contains(VALUE) && !text.contains("12345678"), "{text}");
}

fn excerpt<'t>(text: &'t str, secret: &str) -> &'t str {
    text.lines().find(|line| line.contains(secret)).unwrap_or_default()
}

async fn fail_in_every_way() -> (Shop, Vec<Error>) {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    let mut errors = Vec::new();
    Customer::insert(customer(VALUE)).execute(dbs).await.unwrap();
    let value = || Customer::query().filter(Customer::NAME.eq(VALUE));
    // The key that is there already, a check of a domain, one of a column, one of a foreign key.
    errors.push(Customer::insert(customer(VALUE)).one(dbs).await.unwrap_err());
    let insert = Customer::insert(customer(VALUE)).set(Customer::EMAIL, VALUE);
    errors.push(insert.one(dbs).await.unwrap_err());
    errors.push(value().update().set(Customer::VISITS, -12_345_678).execute(dbs).await.unwrap_err());
    errors.push(value().update().set(Customer::REFERRER_ID, 12_345_678).execute(dbs).await.unwrap_err());
    errors.push(Customer::insert_many([customer(VALUE), customer(VALUE)]).execute(dbs).await.unwrap_err());
    // Text that no column of PostgreSQL holds.
    let nul = format!("{VALUE}\0");
    errors.push(value().update().set(Customer::NAME, nul).execute(dbs).await.unwrap_err());
    // A label that the server does not know.
    shop.crm.batch("ALTER TYPE tier RENAME VALUE 'gold' TO 'golden'").await;
    use ormgen_tests::generated::shop::crm::Tier;
    errors.push(Customer::query().filter(Customer::TIER.eq(Tier::Gold)).count(dbs).await.unwrap_err());
    errors.push(Customer::find(12_345_678).one(dbs).await.unwrap_err());
    errors.push(Customer::query().filter((Customer::ID / 0).eq(12_345_678)).count(dbs).await.unwrap_err());
    // Values that the server reads as something else: a time zone, the words of a search, a path.
    let zone = at_time_zone(Customer::CREATED_AT, VALUE);
    errors.push(Customer::query().select(zone).all(dbs).await.unwrap_err());
    for text in [
        "SELECT to_tsquery($1)::text",
        "SELECT ($1::text)::jsonpath::text",
        "SELECT date_trunc($1, now())::text",
    ] {
        let twice = format!("{VALUE} {VALUE}");
        errors.push(Crm::sql::<String>(text).bind(twice).all(dbs).await.unwrap_err());
    }
    // A password that is wrong, by a URL and by its parts, and one in a URL that cannot be read.
    let db = crm_on(&server(1)).await;
    let wrong = db.url().replacen("://ormgen:", "://wrong:", 1);
    let (_, host) = wrong.rsplit_once('@').unwrap();
    for url in [
        format!("postgres://ormgen:{PASSWORD}@{host}"),
        format!("postgres://nobody:{PASSWORD}@{host}"),
        format!("postgres://ormgen:{PASSWORD}@127.0.0.1:1/none"),
    ] {
        let connection = |alias| ConnectionConfig::new(alias, url.as_str());
        let dbs = Databases::lazy(["crm", "crm_eu", "orders"].map(connection).into()).unwrap();
        errors.push(Customer::query().count(&dbs).await.unwrap_err());
    }
    for url in [format!("postgres://ormgen:{PASSWORD}@{host}?sslmode={PASSWORD}"), format!("{PASSWORD}@x")] {
        let connection = |alias| ConnectionConfig::new(alias, url.as_str());
        errors.push(Databases::lazy(["crm", "crm_eu", "orders"].map(connection).into()).unwrap_err());
    }
    (shop, errors)
}

#[tokio::test]
async fn a_wrong_password_names_the_connection() {
    let db = crm_on(&server(1)).await;
    let (_, host) = db.url().rsplit_once('@').unwrap();
    let (address, database) = host.split_once('/').unwrap();
    let (address, port) = address.split_once(':').unwrap();
    let connection = |alias| {
        // The path of a folder is no password of anyone's.
        ConnectionConfig::from_parts(alias, address)
            .port(port.parse().unwrap())
            .user("ormgen")
            .password("${CARGO_MANIFEST_DIR}")
            .database(database)
    };
    let dbs = Databases::lazy(["crm", "crm_eu", "orders"].map(connection).into()).unwrap();
    let error = Customer::query().count(&dbs).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    assert_eq!(error.sqlstate(), Some("28P01"));
    assert_eq!(
        error.to_string(),
        "connection `crm`: the server refused the connection: password authentication failed for user \
         \"ormgen\" (SQLSTATE 28P01)"
    );
    assert!(!format!("{error:?}").contains(env!("CARGO_MANIFEST_DIR")));
}

/// What a trigger raises has values of the row in it.
#[tokio::test]
async fn an_error_is_one_line() {
    let db = crm_on(&server(1)).await;
    db.batch("CREATE FUNCTION refuse(code text) RETURNS int LANGUAGE plpgsql AS $$BEGIN RAISE 'unknown: %', code; END$$")
        .await;
    let pool: ormgen_runtime::Pool<Crm> =
        ormgen_runtime::Pool::new(&ConnectionConfig::new("crm", db.url())).unwrap();
    let code = "x\r\nERROR all is lost \u{1b}[2J";
    let error = Crm::sql::<i32>("SELECT refuse($1)").bind(code).one(&pool).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "connection `crm`: the statement failed: unknown: x\\r\\nERROR all is lost \\u{1b}[2J (SQLSTATE P0001)"
    );
}
