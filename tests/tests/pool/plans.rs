//! Prepared statements that no longer fit what the server has: prepared anew, and run once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use futures_util::future::join_all;
use ormgen_runtime::{Error, Retries, TransactionOptions, prelude::*};
use ormgen_tests::{
    generated::{
        shop::crm::{Customer, Tier},
        visits::{
            Databases,
            people::{NewPerson, People, Person},
        },
    },
    people::{databases, people_on, person, store},
    server::{TestDb, server},
};

use crate::support::{Shop, ask, customers, soon};

async fn people(rows: i64, max_size: usize) -> (TestDb, Databases) {
    let db = people_on(&server(1)).await;
    let dbs = databases(db.url(), |connection| connection.max_size(max_size));
    Person::insert_many((0..rows).map(person)).execute(&dbs).await.unwrap();
    (db, dbs)
}

/// As a migration is: harmless, and under way while the program runs.
const WIDER: &str = "ALTER TABLE people ALTER COLUMN name TYPE varchar(200)";
const BACK: &str = "ALTER TABLE people ALTER COLUMN name TYPE text";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_harmless_migration_fails_no_read() {
    let (db, dbs) = people(56, 10).await;
    for migration in [WIDER, BACK, WIDER] {
        // Each connection has prepared it, or is about to.
        for round in 0..2 {
            if round == 1 {
                db.batch(migration).await;
            }
            let finds = (0..560).map(|n| Person::find(n % 56).one(&dbs));
            let failed: Vec<_> = soon(join_all(finds)).await.into_iter().filter_map(Result::err).collect();
            assert!(failed.is_empty(), "{} of 560 failed: {}", failed.len(), failed[0]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrations_while_the_program_is_at_work() {
    let (db, dbs) = people(50, 6).await;
    let (over, next) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(1_000)));
    let tasks: Vec<_> = (0..20)
        .map(|task| {
            let (dbs, over, next) = (dbs.clone(), Arc::clone(&over), Arc::clone(&next));
            tokio::spawn(async move {
                let mut stored = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    let id = i64::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap();
                    let row = Person::insert(person(id)).one(&dbs).await?;
                    stored.push(row.id);
                    Person::find(task % 50).one(&dbs).await?;
                    Person::find(task % 50).update().set(Person::NAME, "changed").execute(&dbs).await?;
                    Person::query().filter(Person::ID.lt(10)).all(&dbs).await?;
                }
                Ok::<_, Error>(stored)
            })
        })
        .collect();
    for _ in 0..5 {
        db.batch(WIDER).await;
        db.batch(BACK).await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    over.store(true, Ordering::Relaxed);
    let mut acknowledged: Vec<i64> = Vec::new();
    for task in tasks {
        let stored = soon(task).await.unwrap().unwrap_or_else(|error| panic!("{error}"));
        acknowledged.extend(stored);
    }
    acknowledged.sort_unstable();
    let there: Vec<i64> = ask(&db, "SELECT array_agg(id ORDER BY id) FROM people WHERE id >= 1000").await;
    assert_eq!(there, acknowledged);
}

/// A write that returns its row is refused before it is begun: it is sent again, and done once.
#[tokio::test]
async fn a_write_whose_plan_is_stale_is_done_once() {
    let (db, dbs) = people(5, 1).await;
    let insert = |id| Person::insert(person(id)).one(&dbs);
    insert(100).await.unwrap();
    Person::find(1).delete().returning(Person::NAME).one(&dbs).await.unwrap();
    db.batch(WIDER).await;
    assert_eq!(insert(101).await.unwrap().id, 101);
    assert_eq!(Person::find(2).delete().returning(Person::NAME).one(&dbs).await.unwrap(), "p2");
    let there: Vec<i64> = ask(&db, "SELECT array_agg(id ORDER BY id) FROM people").await;
    assert_eq!(there, [0, 3, 4, 100, 101]);
}

/// SQLSTATE 26000.
#[tokio::test]
async fn a_statement_that_someone_deallocated() {
    let (db, dbs) = people(5, 1).await;
    let raw = || People::sql::<i64>("SELECT count(*) FROM people").one(&dbs);
    let all = async |id| -> Result<(), Error> {
        Person::find(1).one(&dbs).await?;
        Person::insert(person(id)).one(&dbs).await?;
        Person::find(id).update().set(Person::NAME, "changed").execute(&dbs).await?;
        raw().await.map(drop)
    };
    all(100).await.unwrap();
    let connection = dbs.people.connection().await.unwrap();
    connection.batch("DEALLOCATE ALL").await.unwrap();
    // On the connection itself as well, which is in no transaction.
    assert_eq!(Person::find(1).one(&connection).await.unwrap().id, 1);
    connection.batch("DEALLOCATE ALL").await.unwrap();
    drop(connection);
    all(101).await.unwrap();
    let there: Vec<i64> = ask(&db, "SELECT array_agg(id ORDER BY id) FROM people").await;
    assert_eq!(there, [0, 1, 2, 3, 4, 100, 101]);
}

/// An enum is dropped and made anew, as tools do that cannot alter one: "cache lookup failed for type" (XX000).
const TIER_ANEW: &str = "DROP VIEW active_customers;
     ALTER TABLE customers ALTER COLUMN tier DROP DEFAULT, ALTER COLUMN tier TYPE text;
     DROP TYPE tier;
     CREATE TYPE tier AS ENUM ('bronze', 'silver', 'gold');
     ALTER TABLE customers ALTER COLUMN tier TYPE tier USING tier::tier, ALTER COLUMN tier SET DEFAULT 'bronze';
     CREATE VIEW active_customers AS SELECT id, name, email, tier, created_at FROM customers WHERE active";

/// By a function, of which the text of its call does not tell: each transaction asks for its number by a statement that
/// is gone.
#[tokio::test]
async fn statements_that_a_function_deallocated() {
    let (db, dbs) = people(1, 1).await;
    db.batch(
        "CREATE FUNCTION forget() RETURNS int LANGUAGE plpgsql AS
         $$BEGIN EXECUTE 'DEALLOCATE ALL'; RETURN 1; END$$",
    )
    .await;
    let rename = async || {
        let options = TransactionOptions::new();
        let update = async |tx: &Transaction<People>| {
            Person::query().update().set(Person::NAME, "changed").execute(tx).await
        };
        dbs.people.retry(options, Retries::new(3), update).await
    };
    for _ in 0..3 {
        rename().await.unwrap();
    }
    People::sql::<i32>("SELECT forget()").one(&dbs).await.unwrap();
    rename().await.unwrap();
}

async fn tiers(dbs: &ormgen_tests::generated::shop::Databases) -> Result<u64, Error> {
    let gold = Customer::query().filter(Customer::TIER.eq(Tier::Gold)).update();
    let changed = gold.set(Customer::VISITS, Customer::VISITS + 1).execute(dbs).await?;
    Customer::query().filter(Customer::TIER.eq(Tier::Gold)).all(dbs).await?;
    Customer::find(2).update().set(Customer::TIER, Tier::Silver).execute(dbs).await?;
    Customer::find(2).one(dbs).await?;
    Ok(changed)
}

#[tokio::test]
async fn an_enum_that_was_dropped_and_made_anew() {
    let shop = Shop::open_with(|connection| connection.max_size(1)).await;
    Customer::insert_many(customers(5)).execute(&shop.dbs).await.unwrap();
    Customer::find(1).update().set(Customer::TIER, Tier::Gold).execute(&shop.dbs).await.unwrap();
    for changes in 1..=3 {
        assert_eq!(tiers(&shop.dbs).await.unwrap(), 1);
        let visits: i32 = ask(&shop.crm, "SELECT visits FROM customers WHERE id = 1").await;
        assert_eq!(visits, changes);
        shop.crm.batch(TIER_ANEW).await;
    }
}

#[tokio::test]
async fn inside_a_transaction_it_may_be_tried_again() {
    let shop = Shop::open_with(|connection| connection.max_size(1)).await;
    Customer::insert_many(customers(5)).execute(&shop.dbs).await.unwrap();
    let crm = &shop.dbs.crm;
    const OTHER_TAGS: &str = "ALTER TABLE customers ALTER COLUMN tags TYPE varchar(50)[]";
    for migration in [OTHER_TAGS, TIER_ANEW] {
        tiers(&shop.dbs).await.unwrap();
        shop.crm.batch(migration).await;
        let tx = crm.begin().await.unwrap();
        let gold = Customer::query().filter(Customer::TIER.eq(Tier::Gold)).all(&tx).await;
        let error = gold.expect_err("the transaction is not run anew behind its caller's back");
        assert!(error.is_retryable(), "{error}");
        drop(tx);
        tiers(&shop.dbs).await.unwrap();

        shop.crm.batch(TIER_ANEW).await;
        let runs = AtomicUsize::new(0);
        let retried = crm.retry(TransactionOptions::new(), Retries::new(3), async |tx| {
            runs.fetch_add(1, Ordering::Relaxed);
            Customer::find(3).update().set(Customer::VISITS, Customer::VISITS + 1).execute(tx).await?;
            Customer::query().filter(Customer::TIER.eq(Tier::Bronze)).all(tx).await
        });
        assert!(!soon(retried).await.unwrap().is_empty());
        assert!((1..=3).contains(&runs.load(Ordering::Relaxed)));
    }
    let visits: i32 = ask(&shop.crm, "SELECT visits FROM customers WHERE id = 3").await;
    assert_eq!(visits, 2, "each transaction is stored once");
    // A statement that someone deallocated, SQLSTATE 26000.
    let connection = crm.connection().await.unwrap();
    connection.batch("DEALLOCATE ALL").await.unwrap();
    drop(connection);
    let tx = crm.begin().await.unwrap();
    if let Err(error) = Customer::find(1).one(&tx).await {
        assert!(error.is_retryable(), "{error}");
    }
}

/// The same errors, raised by a trigger that has had an effect elsewhere before: the statement had begun.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_from_inside_a_function_is_no_reason_to_run_again() {
    const RAISES: [(&str, &str); 4] = [
        (
            "0A000",
            // What it prepares stays, though the transaction is undone.
            "EXECUTE format('CREATE TEMP TABLE t%s AS SELECT 1 AS a', NEW.id);
             EXECUTE format('PREPARE q%s AS SELECT * FROM t%s', NEW.id, NEW.id);
             EXECUTE format('EXECUTE q%s', NEW.id);
             EXECUTE format('ALTER TABLE t%s ALTER COLUMN a TYPE text', NEW.id);
             EXECUTE format('EXECUTE q%s', NEW.id);",
        ),
        ("26000", "EXECUTE 'EXECUTE nothing';"),
        ("XX000", "RAISE EXCEPTION 'cache lookup failed for type 12345' USING ERRCODE = 'XX000';"),
        ("0A000", "RAISE EXCEPTION 'cached plan must not change result type' USING ERRCODE = '0A000';"),
    ];
    for (code, raises) in RAISES {
        let elsewhere = server(2).create_database("effects").await;
        elsewhere.batch("CREATE TABLE effects (id bigint)").await;
        let (db, dbs) = people(5, 2).await;
        store(&dbs, 100).await.unwrap();
        Person::insert(person(101)).one(&dbs).await.unwrap();
        db.batch(&format!(
            "CREATE EXTENSION dblink;
             CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $fail$
             BEGIN
                 PERFORM dblink_exec('{}', format('INSERT INTO effects VALUES (%s)', NEW.id));
                 {raises}
                 RETURN NEW;
             END
             $fail$;
             CREATE TRIGGER fail BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION fail()",
            elsewhere.keywords()
        ))
        .await;
        let insert = NewPerson { id: 1, name: String::new() };
        let errors = [
            store(&dbs, 102).await.unwrap_err(),
            Person::insert(person(103)).one(&dbs).await.map(drop).unwrap_err(),
            People::sql("INSERT INTO people VALUES (104, 'by SQL')")
                .execute(&dbs)
                .await
                .map(drop)
                .unwrap_err(),
            Person::insert(insert).set(Person::ID, 105).execute(&dbs).await.unwrap_err(),
        ];
        for error in &errors {
            assert_eq!(error.sqlstate(), Some(code), "{error}");
        }
        let effects: Vec<i64> = ask(&elsewhere, "SELECT array_agg(id ORDER BY id) FROM effects").await;
        assert_eq!(effects, [102, 103, 104, 105], "{code}: {raises}");
    }
}

/// A program that runs before the migration that it needs, or while one is undone.
#[tokio::test]
async fn a_column_whose_type_comes_back() {
    let (db, dbs) = people(10, 1).await;
    Person::find(1).one(&dbs).await.unwrap();
    db.batch(
        "ALTER TABLE badges DROP CONSTRAINT badges_person_id_fkey; ALTER TABLE people ALTER id TYPE int",
    )
    .await;
    for _ in 0..2 {
        Person::find(1).one(&dbs).await.unwrap_err();
    }
    db.batch("ALTER TABLE people ALTER id TYPE bigint").await;
    for _ in 0..2 {
        assert_eq!(Person::find(1).one(&dbs).await.unwrap().id, 1);
    }
}

/// What is gone for good is told, once for each request, and costs nothing else.
#[tokio::test]
async fn a_column_that_is_gone_is_told() {
    let (db, dbs) = people(5, 1).await;
    Person::find(1).one(&dbs).await.unwrap();
    db.batch("ALTER TABLE people RENAME COLUMN name TO called").await;
    for _ in 0..3 {
        let error = soon(Person::find(1).one(&dbs)).await.unwrap_err();
        assert!(matches!(error, Error::SchemaDrift { .. }), "{error}");
    }
    db.batch("ALTER TABLE people RENAME COLUMN called TO name").await;
    assert_eq!(soon(Person::find(1).one(&dbs)).await.unwrap().id, 1);
}

/// However many ask for it at the same time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_is_prepared_once_a_connection() {
    let (_db, dbs) = people(50, 2).await;
    let tasks = (0..100).map(|task| {
        let dbs = dbs.clone();
        tokio::spawn(async move {
            Person::find(task % 50).one(&dbs).await.unwrap();
            Person::query().filter(Person::ID.gt(task)).all(&dbs).await.unwrap();
            Person::find(task % 50).update().set(Person::NAME, "changed").execute(&dbs).await.unwrap();
        })
    });
    for done in soon(join_all(tasks)).await {
        done.unwrap();
    }
    let (first, second) = tokio::join!(dbs.people.connection(), dbs.people.connection());
    for connection in [first.unwrap(), second.unwrap()] {
        let mut prepared: Vec<String> = People::sql(
            "SELECT statement FROM pg_prepared_statements
             WHERE statement LIKE '%public.people%'",
        )
        .all(&connection)
        .await
        .unwrap();
        let all = prepared.len();
        prepared.sort();
        prepared.dedup();
        assert_eq!(prepared.len(), all, "{prepared:#?}");
    }
}
