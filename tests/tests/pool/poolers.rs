//! A pooler between the pool and its server: no statement runs that another program prepared, whether anybody said that
//! there is a pooler or not.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use futures_util::{TryStreamExt, future::join_all};
use ormgen_runtime::{
    Error,
    config::{ConnectionConfig, Pooler},
    prelude::*,
    together,
};
use ormgen_tests::{
    generated::{
        shop::{
            self,
            crm::{Address, AddressKind, Crm, Customer, NewAddress},
            orders::{NewTag, Order, Tag},
        },
        visits::{
            Databases,
            people::{Badge, NewBadge, People, Person},
        },
    },
    people::{databases, people_on, store},
    pgbouncer::PgBouncer,
    server::{TestDb, server},
};

use crate::support::{self, Shop, ask, customer, customers, soon};

/// Fewer sessions than either program has connections.
const FEW: [&str; 2] = ["default_pool_size = 3", "ignore_startup_parameters = extra_float_digits"];

/// Where the other process finds its database, and how long it is to work.
const OTHER_URL: &str = "ORMGEN_TEST_OTHER_URL";

const SECONDS: u64 = 3;

async fn people() -> TestDb {
    let db = people_on(&server(1)).await;
    db.batch(
        "INSERT INTO people SELECT n, 'p' || n FROM generate_series(0, 999) AS n;
         INSERT INTO badges SELECT 'b' || n, n FROM generate_series(0, 999) AS n",
    )
    .await;
    db
}

/// Finds people, and no more. How many it has found.
async fn only_read(dbs: &Databases) -> usize {
    let until = Instant::now() + Duration::from_secs(SECONDS);
    let tasks = (0..8_i64).map(|task| async move {
        let mut found = 0;
        while Instant::now() < until {
            let id = (task * 125 + found) % 1000;
            let person = Person::find(id).one(dbs).await.unwrap();
            assert_eq!((person.id, person.name), (id, format!("p{id}")));
            assert_eq!(Person::query().filter(Person::ID.lt(id)).count(dbs).await.unwrap(), id);
            found += 1;
        }
        usize::try_from(found).unwrap()
    });
    join_all(tasks).await.into_iter().sum()
}

/// Stores and deletes people of its own, from 10,000 on.
async fn write_and_delete(dbs: &Databases) {
    let until = Instant::now() + Duration::from_secs(SECONDS);
    let tasks = (10..18_i64).map(|task| async move {
        let mut id = task * 10_000;
        while Instant::now() < until {
            id += 1;
            store(dbs, id).await.unwrap();
            Person::find(id).update().set(Person::NAME, "changed").execute(dbs).await.unwrap();
            assert_eq!(Person::find(id).delete().execute(dbs).await.unwrap(), 1);
        }
    });
    join_all(tasks).await;
}

/// The other process of the tests: the same program with other statements, whose driver counts from 0 as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "`two_programs` starts it in a process of its own"]
async fn the_other_program() {
    let url = std::env::var(OTHER_URL).expect("`two_programs` names the database");
    let dbs = databases(&url, |connection| connection.max_size(8));
    write_and_delete(&dbs).await;
}

/// Two processes at once behind the pooler: one that only reads, one that deletes.
async fn two_programs(mode: &str, settings: &[&str], pooler: Option<Pooler>) {
    for tracking in PgBouncer::trackings() {
        two_programs_with(mode, &[settings, &[*tracking]].concat(), pooler).await;
    }
}

async fn two_programs_with(mode: &str, settings: &[&str], pooler: Option<Pooler>) {
    let db = people().await;
    let bouncer = PgBouncer::with(&db, mode, settings).await;
    let mut other = Command::new(std::env::current_exe().unwrap());
    other.args(["--exact", "poolers::the_other_program", "--ignored"]).env(OTHER_URL, bouncer.url());
    let other = other.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let dbs = databases(bouncer.url(), |connection| connection.max_size(8).pooler(pooler));
    let found = only_read(&dbs).await;
    let other = soon(tokio::task::spawn_blocking(|| other.wait_with_output())).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&other.stdout).into_owned();
    assert!(other.status.success() && said.contains("1 passed"), "{said}");
    assert!(found > 100, "{found} found");
    assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM people WHERE id < 1000").await, 1000);
    assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM badges").await, 1000);
    assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM people WHERE id >= 1000").await, 0);
    println!(
        "{mode} mode, {pooler:?}, {settings:?}: {found} found and counted while another process wrote and deleted"
    );
    soon(dbs.close()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_only_reads_deletes_nothing() {
    two_programs("transaction", &FEW, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_where_the_manifest_names_the_pooler() {
    two_programs("transaction", &FEW, Some(Pooler::Transaction)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_in_session_mode() {
    let enough = ["default_pool_size = 20", "ignore_startup_parameters = extra_float_digits"];
    two_programs("session", &enough, None).await;
    two_programs("session", &enough, Some(Pooler::Session)).await;
}

/// A manifest that is wrong: sessions are shared, and it says that they are not. Names that are hashes of their texts
/// make a statement fail, at worst; it is never another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_where_the_manifest_is_wrong() {
    for tracking in PgBouncer::trackings() {
        names_behind_a_pooler(tracking).await;
    }
}

async fn names_behind_a_pooler(tracking: &str) {
    let db = people().await;
    let bouncer = PgBouncer::with(&db, "transaction", &[&FEW[..], &[tracking]].concat()).await;
    let dbs = databases(bouncer.url(), |connection| connection.max_size(8).pooler(Pooler::Session));
    let tasks = (0..8_i64).map(|task| {
        let dbs = dbs.clone();
        async move {
            let mut right = 0;
            for n in 0..200 {
                let id = (task * 200 + n) % 1000;
                match Person::find(id).one(&dbs).await {
                    Ok(person) => {
                        assert_eq!(person.id, id);
                        right += 1;
                    }
                    Err(error) => assert!(!matches!(error, Error::NotFound { .. }), "{error}"),
                }
                let _ = Badge::find(format!("none{id}")).delete().execute(&dbs).await;
            }
            right
        }
    });
    let right: i64 = soon(join_all(tasks)).await.into_iter().sum();
    assert!(right > 0);
    assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM people").await, 1000);
    assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM badges").await, 1000);
}

#[tokio::test]
async fn a_pooler_that_the_manifest_denies_is_refused() {
    let db = people().await;
    for mode in ["transaction", "session"] {
        let bouncer = PgBouncer::with(&db, mode, &FEW).await;
        let dbs = databases(bouncer.url(), |connection| connection.pooler(Pooler::None));
        let error = soon(Person::find(1).one(&dbs)).await.unwrap_err();
        assert!(matches!(error, Error::Connect { .. }), "{error:?}");
        assert!(error.to_string().ends_with("though the manifest says `pooler: none`"), "{error}");
    }
    let dbs = databases(db.url(), |connection| connection.pooler(Pooler::None));
    Person::find(1).one(&dbs).await.unwrap();
}

/// A server without a pooler has statements with names, whose names are hashes of their texts.
#[tokio::test]
async fn a_session_of_its_own_is_known_as_one() {
    let db = people().await;
    let dbs = databases(db.url(), |connection| connection.max_size(1));
    Person::find(1).one(&dbs).await.unwrap();
    let connection = dbs.people.connection().await.unwrap();
    let names = People::sql("SELECT name FROM pg_prepared_statements WHERE statement LIKE '%people%'");
    let names: Vec<String> = names.all(&connection).await.unwrap();
    assert!(!names.is_empty() && names.iter().all(|name| name.starts_with("ormgen_")), "{names:?}");
}

/// What needs a session of its own is refused, by a message that says what to do.
#[tokio::test]
async fn nothing_outlives_a_transaction() {
    let db = people().await;
    let bouncer = PgBouncer::with(&db, "transaction", &FEW).await;
    let dbs = databases(bouncer.url(), |connection| connection.max_size(2));
    let error = dbs.people.connection().await.unwrap_err();
    assert!(matches!(error, Error::SharedSession { .. }), "{error:?}");
    let tx = dbs.people.begin().await.unwrap();
    for text in ["SET search_path = nowhere", "SELECT pg_advisory_lock(1)", "LISTEN somebody"] {
        let error = tx.batch(text).await.unwrap_err();
        assert!(matches!(error, Error::SharedSession { .. }), "{text}: {error:?}");
    }
    let error = People::sql("SET search_path = nowhere").execute(&tx).await.unwrap_err();
    assert!(matches!(error, Error::SharedSession { .. }), "{error:?}");
    tx.batch("SET LOCAL search_path = pg_catalog").await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(Person::query().count(&dbs).await.unwrap(), 1000);
}

/// The manifest's timeout holds for each statement, and for nobody else's.
#[tokio::test]
async fn a_timeout_ends_with_its_statement() {
    let db = people().await;
    let bouncer = PgBouncer::with(&db, "transaction", &["default_pool_size = 1"]).await;
    let timeout = Duration::from_millis(300);
    let dbs = databases(bouncer.url(), |connection| connection.statement_timeout(timeout).max_size(2));
    let other = databases(bouncer.url(), |connection| connection.max_size(2));
    let slow = || People::sql::<String>("SELECT pg_sleep(1)::text");
    for _ in 0..2 {
        let error = soon(slow().one(&dbs)).await.unwrap_err();
        assert!(matches!(error, Error::Cancelled { .. }), "{error:?}");
        soon(slow().one(&other)).await.unwrap();
        Person::find(1).one(&dbs).await.unwrap();
    }
    let tx = dbs.people.begin().await.unwrap();
    let error = soon(slow().one(&tx)).await.unwrap_err();
    assert!(matches!(error, Error::Cancelled { .. }), "{error:?}");
    tx.rollback().await.unwrap();
    // In session mode it is the session's.
    let bouncer = PgBouncer::with(&db, "session", &["default_pool_size = 5"]).await;
    let dbs = databases(bouncer.url(), |c| c.statement_timeout(timeout).pooler(Pooler::Session).max_size(2));
    let error = soon(slow().one(&dbs)).await.unwrap_err();
    assert!(matches!(error, Error::Cancelled { .. }), "{error:?}");
}

/// More connections than the pooler has sessions for: the others wait, and those that there are serve everybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_connections_than_sessions_hold_up_nobody() {
    let db = people().await;
    for mode in ["session", "transaction"] {
        let bouncer = PgBouncer::with(&db, mode, &["default_pool_size = 4"]).await;
        let dbs = databases(bouncer.url(), |c| c.max_size(10).acquire_timeout(Duration::from_secs(5)));
        let begun = Instant::now();
        let tasks = (0..40).map(|id| {
            let dbs = dbs.clone();
            tokio::spawn(async move {
                for n in 0..20 {
                    let work = dbs.people.transaction(async |tx| {
                        People::sql::<String>("SELECT pg_sleep(0.002)::text").one(tx).await?;
                        Person::find((id * 20 + n) % 1000).one(tx).await
                    });
                    work.await.unwrap();
                }
            })
        });
        for task in soon(join_all(tasks)).await {
            task.unwrap();
        }
        println!("{mode} mode: 800 transactions on 4 sessions in {:?}", begun.elapsed());
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        soon(dbs.people.close_within(Duration::from_secs(1))).await;
    }
}

/// Everything that a program does, through the pooler.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_works_behind_a_pooler() {
    let modes = ["transaction", "session"].into_iter();
    for (mode, tracking) in
        modes.flat_map(|mode| PgBouncer::trackings().iter().map(move |tracking| (mode, *tracking)))
    {
        let shop = Shop::open().await;
        let settings = ["default_pool_size = 8", tracking];
        let (crm, orders) = (
            PgBouncer::with(&shop.crm, mode, &settings).await,
            PgBouncer::with(&shop.orders, mode, &settings).await,
        );
        let connection = |alias, bouncer: &PgBouncer| ConnectionConfig::new(alias, bouncer.url()).max_size(6);
        let dbs = shop::Databases::lazy(vec![
            connection("crm", &crm).statement_timeout(Duration::from_secs(20)),
            connection("crm_eu", &crm),
            connection("orders", &orders).tag("application", "shop"),
        ])
        .unwrap();
        dbs.verify().await.unwrap();
        for _ in 0..3 {
            join_all((0..4).map(|_| soon(probe(&dbs)))).await;
            Customer::query().delete().execute(&dbs).await.unwrap();
        }
        soon(copies_and_streams(&dbs)).await;
        soon(crosses_databases(&dbs)).await;
        assert!(soon(dbs.close()).await.is_clean());
    }
}

/// Reads, writes, savepoints and values of types that the driver asks the server about.
pub async fn probe(dbs: &shop::Databases) {
    let name = format!("n{:?}", Instant::now()).replace(|c: char| !c.is_alphanumeric(), "");
    let ada = Customer::insert(customer(&name)).one(dbs).await.unwrap();
    let address = NewAddress {
        customer_id: ada.id,
        street: "Street 1".into(),
        postcode: "1234".into(),
        city: "City".into(),
    };
    Address::insert(address).set(Address::KIND, AddressKind::Work).execute(dbs).await.unwrap();
    let found = Address::query().filter(Address::CUSTOMER_ID.eq(ada.id)).one(dbs).await.unwrap();
    assert_eq!(found.kind, AddressKind::Work);
    dbs.crm
        .transaction(async |tx| {
            let inner = tx.savepoint(async |sp| {
                Customer::find(ada.id).update().set(Customer::NAME, "undone").execute(sp).await?;
                Customer::insert(customer(&name)).execute(sp).await
            });
            assert!(matches!(inner.await, Err(Error::UniqueViolation(_))));
            Customer::find(ada.id).update().set(Customer::VISITS, 7).execute(tx).await?;
            let mut rows = Customer::query().filter(Customer::ID.eq(ada.id)).stream(tx).await?;
            while let Some(row) = rows.try_next().await? {
                assert_eq!((row.name.as_str(), row.visits), (name.as_str(), 7));
            }
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    let raw = Crm::sql("SELECT name, visits FROM customers WHERE id = $1").bind(ada.id);
    let raw: (String, i32) = raw.one(dbs).await.unwrap();
    assert_eq!(raw, (name, 7));
    let refused = dbs.crm.transaction(async |tx| {
        // Its own row: those of the others are locked by transactions that wait for this one.
        Customer::find(ada.id).delete().execute(tx).await?;
        Customer::find(-1).one(tx).await
    });
    let refused = refused.await;
    assert!(matches!(refused, Err(Error::NotFound { .. })), "{refused:?}");
    Customer::find(ada.id).one(dbs).await.unwrap();
}

pub async fn copies_and_streams(dbs: &shop::Databases) {
    assert_eq!(Customer::insert_many(customers(5000)).execute(dbs).await.unwrap(), 5000);
    let tx = dbs.crm.begin().await.unwrap();
    // Refused in the middle of the copy.
    let twice = customers(5000);
    assert!(matches!(Customer::insert_many(twice).execute(&tx).await, Err(Error::UniqueViolation(_))));
    tx.rollback().await.unwrap();
    let streams = (0..4).map(|_| async {
        let rows = Customer::query().stream(dbs).await.unwrap();
        assert_eq!(rows.try_fold(0, async |n, _| Ok(n + 1)).await.unwrap(), 5000);
        // One that is dropped in the middle.
        let mut rows = Customer::query().stream(dbs).await.unwrap();
        rows.try_next().await.unwrap().unwrap();
    });
    soon(join_all(streams)).await;
    // With related rows, which are loaded in the stream's own transaction while the stream is open.
    let with_addresses = (0..4).map(|_| async {
        let rows = Customer::query().with(Customer::ADDRESSES).stream(dbs).await.unwrap();
        assert_eq!(rows.try_fold(0, async |n, _| Ok(n + 1)).await.unwrap(), 5000);
        let mut rows = Customer::query().with(Customer::ADDRESSES).stream(dbs).await.unwrap();
        rows.try_next().await.unwrap().unwrap();
    });
    soon(join_all(with_addresses)).await;
    assert_eq!(Customer::query().count(dbs).await.unwrap(), 5000);
}

async fn crosses_databases(dbs: &shop::Databases) {
    support::products(dbs, &["A-1", "B-2"]).await;
    let ada = Customer::query().order_by(Customer::ID.asc()).first(dbs).await.unwrap().unwrap();
    support::order(dbs, ada.id, &["A-1", "B-2"]).await;
    let loaded = Order::query().with(Order::CUSTOMER).with(Order::ITEMS).all(dbs).await.unwrap();
    let [(_, customer, items)] = loaded.as_slice() else { panic!("{} orders", loaded.len()) };
    assert_eq!((customer.as_ref().map(|c| c.id), items.len()), (Some(ada.id), 2));
    together((&dbs.crm, &dbs.orders), async |(crm, orders)| {
        Customer::find(ada.id).update().set(Customer::NAME, "both").execute(crm).await?;
        Tag::insert(NewTag { name: "both".into() }).execute(orders).await?;
        Ok::<_, Error>(())
    })
    .await
    .unwrap();
    assert_eq!(Customer::find(ada.id).one(dbs).await.unwrap().name, "both");
    assert_eq!(Tag::query().count(dbs).await.unwrap(), 1);
}

/// Columns that change under a pooled connection cost it, and no row is misread.
#[tokio::test]
async fn changed_columns_are_not_misread() {
    let db = people().await;
    let bouncer = PgBouncer::with(&db, "transaction", &FEW).await;
    let dbs = databases(bouncer.url(), |connection| connection.max_size(1));
    let ids = async || People::sql::<i64>("SELECT id FROM numbers").all(&dbs).await;
    db.batch("CREATE TABLE numbers (id bigint); INSERT INTO numbers VALUES (1)").await;
    assert_eq!(ids().await.unwrap(), [1]);
    db.batch("ALTER TABLE numbers ALTER id TYPE float8").await;
    let error = ids().await.unwrap_err();
    assert!(matches!(error, Error::ConnectionLost { .. }), "{error:?}");
    let error = ids().await.unwrap_err();
    assert!(!matches!(error, Error::ConnectionLost { .. }), "a float is no integer: {error:?}");
    db.batch("ALTER TABLE numbers ALTER id TYPE bigint").await;
    let _ = ids().await;
    assert_eq!(ids().await.unwrap(), [1]);
    Badge::insert(NewBadge { code: "new".into(), person_id: 1 }).execute(&dbs).await.unwrap();
}
