//! Errors tell apart what a program may act on, and name what said no.

use std::time::Duration;

use ormgen_runtime::{Error, Pool, Violation, config::ConnectionConfig, functions, prelude::*, types};
use ormgen_tests::{
    generated::shop::{
        crm::{Crm, Customer, LoyaltyCard, NewLoyaltyCard},
        orders::{NewShipment, Shipment},
    },
    server::server,
};

use crate::support::{Shop, customer, customers, soon};

fn parts(violation: &Violation) -> (&str, Option<&str>, Option<&str>, Option<&str>) {
    (
        &violation.connection,
        violation.constraint.as_deref(),
        violation.table.as_deref(),
        violation.column.as_deref(),
    )
}

#[tokio::test]
async fn violations_name_their_constraint() {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    Customer::insert(customer("Ada")).execute(dbs).await.unwrap();

    let error = Customer::insert(customer("Ada")).one(dbs).await.unwrap_err();
    let Error::UniqueViolation(violation) = &error else { panic!("{error}") };
    let customers = Some("public.customers");
    assert_eq!(parts(violation), ("crm", Some("customers_email_key"), customers, None));
    assert_eq!(
        error.to_string(),
        "connection `crm`: another row already has this value: constraint `customers_email_key` of \
         `public.customers`: duplicate key value violates unique constraint \"customers_email_key\" \
         (SQLSTATE 23505)"
    );

    let orphan = NewShipment { order_id: 1, line_no: 1, sent_at: None };
    let error = Shipment::insert(orphan).one(dbs).await.unwrap_err();
    let Error::ForeignKeyViolation(violation) = &error else { panic!("{error}") };
    let constraint = Some("shipments_order_id_line_no_fkey");
    assert_eq!(parts(violation), ("orders", constraint, Some("public.shipments"), None));

    let negative = Customer::query().update().set(Customer::VISITS, -1);
    let error = negative.execute(dbs).await.unwrap_err();
    let Error::CheckViolation(violation) = &error else { panic!("{error}") };
    assert_eq!(parts(violation), ("crm", Some("customers_visits_check"), customers, None));

    // Of a domain, which belongs to no table.
    let error =
        Customer::insert(customer("Eve")).set(Customer::EMAIL, "no address").one(dbs).await.unwrap_err();
    let Error::CheckViolation(violation) = &error else { panic!("{error}") };
    assert_eq!(parts(violation).1, Some("email_has_at"));

    shop.crm
        .batch("UPDATE customers SET born_on = now(); ALTER TABLE customers ALTER born_on SET NOT NULL")
        .await;
    let error = Customer::insert(customer("Eve")).one(dbs).await.unwrap_err();
    let Error::NotNullViolation(violation) = &error else { panic!("{error}") };
    assert_eq!(parts(violation), ("crm", None, customers, Some("born_on")));
    assert!(
        error.to_string().contains("the column may not be NULL: column `born_on` of `public.customers`"),
        "{error}"
    );
}

#[tokio::test]
async fn an_exclusion_constraint_says_no() {
    let shop = Shop::open().await;
    shop.crm.batch("ALTER TABLE loyalty_cards ADD CONSTRAINT one_a_day EXCLUDE (expires_on WITH =)").await;
    Customer::insert_many(customers(2)).execute(&shop.dbs).await.unwrap();
    let expires_on = types::NaiveDate::from_ymd_opt(2030, 1, 1).unwrap();
    let cards = (1..=2).map(|customer_id| NewLoyaltyCard { customer_id, expires_on });
    let error = LoyaltyCard::insert_many(cards).execute(&shop.dbs).await.unwrap_err();
    let Error::ExclusionViolation(violation) = &error else { panic!("{error}") };
    assert_eq!(parts(violation), ("crm", Some("one_a_day"), Some("public.loyalty_cards"), None));
}

#[tokio::test]
async fn a_serialization_failure_can_be_retried() {
    let shop = Shop::open().await;
    Customer::insert_many(customers(2)).execute(&shop.dbs).await.unwrap();
    let begin = async || {
        let tx = shop.dbs.crm.begin().await.unwrap();
        tx.batch("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE").await.unwrap();
        tx
    };
    let (first, second) = (begin().await, begin().await);
    for (tx, id) in [(&first, 1), (&second, 2)] {
        Customer::query().count(tx).await.unwrap();
        Customer::find(id).update().set(Customer::VISITS, 1).execute(tx).await.unwrap();
    }
    first.commit().await.unwrap();
    let error = second.commit().await.unwrap_err();
    assert!(matches!(error, Error::Serialization { .. }) && error.is_retryable(), "{error}");
    assert!(
        error.to_string().starts_with("connection `crm`: the transaction conflicted with another one"),
        "{error}"
    );
}

#[tokio::test]
async fn a_deadlock_can_be_retried() {
    let shop = Shop::open().await;
    Customer::insert_many(customers(2)).execute(&shop.dbs).await.unwrap();
    let (first, second) = (shop.dbs.crm.begin().await.unwrap(), shop.dbs.crm.begin().await.unwrap());
    let visit = async |tx: &_, id: i64| {
        Customer::find(id).update().set(Customer::VISITS, 1).execute(tx).await.map(drop)
    };
    visit(&first, 1).await.unwrap();
    visit(&second, 2).await.unwrap();
    let (one, other) = soon(async {
        tokio::join!(
            async {
                let done = visit(&first, 2).await;
                first.commit().await.and(done)
            },
            async {
                let done = visit(&second, 1).await;
                second.commit().await.and(done)
            }
        )
    })
    .await;
    let failed: Vec<_> = [one, other].into_iter().filter_map(Result::err).collect();
    // The one that was refused could not commit either.
    assert!(matches!(failed[..], [Error::Aborted { .. }]), "{failed:?}");
    let (first, second) = (shop.dbs.crm.begin().await.unwrap(), shop.dbs.crm.begin().await.unwrap());
    visit(&first, 1).await.unwrap();
    visit(&second, 2).await.unwrap();
    let refused = soon(async {
        tokio::select! {
            done = visit(&first, 2) => done,
            done = async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                visit(&second, 1).await
            } => done,
        }
    });
    if let Err(error) = refused.await {
        assert!(matches!(error, Error::Serialization { .. }) && error.is_retryable(), "{error}");
    }
}

#[tokio::test]
async fn an_error_says_what_to_write_instead() {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    let mut ada = customer("Ada");
    Customer::insert(ada.clone()).execute(dbs).await.unwrap();
    let says = |error: Error, words: &str| assert!(error.to_string().contains(words), "{error}");

    // A NULL in an array; one in a selection, where the total has no value; a date that no calendar has.
    shop.crm.batch("UPDATE customers SET tags = ARRAY['a', NULL]").await;
    says(Customer::find(1).one(dbs).await.unwrap_err(), "`types: { arrays: nullable }`");
    let by_name =
        Customer::query().group_by(Customer::NAME).rollup().select((Customer::NAME, functions::count()));
    says(by_name.all(dbs).await.unwrap_err(), "`nullable(…)` makes one of an expression");
    shop.crm.batch("UPDATE customers SET tags = '{}', born_on = 'infinity'").await;
    says(Customer::find(1).one(dbs).await.unwrap_err(), "`types: { infinity: kept }`");

    // A text that no text of PostgreSQL can be.
    ada.name = "A\0da".into();
    let error = Customer::insert(ada).execute(dbs).await.unwrap_err();
    assert!(matches!(error, Error::ValueOutOfRange { .. }), "{error}");

    let commit = dbs.crm.transaction(async |tx| Crm::sql("COMMIT").execute(tx).await);
    says(commit.await.unwrap_err(), "`commit()`");
}

#[tokio::test]
async fn a_value_that_does_not_fit_names_model_and_column() {
    let shop = Shop::open().await;
    Customer::insert(customer("Ada")).execute(&shop.dbs).await.unwrap();
    shop.crm.batch("ALTER TYPE tier ADD VALUE 'platinum'").await;
    shop.crm.batch("UPDATE customers SET tier = 'platinum'").await;
    let error = Customer::query().all(&shop.dbs).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "connection `crm`: the value of `Customer.tier` does not fit its Rust type: the enum `tier` had no \
         label `platinum` when the code was generated: if the database has it now, bring the manifest's schema up to \
         date and run `ormgen build`"
    );
    shop.crm.batch("UPDATE customers SET tier = 'gold'").await;
    shop.crm.batch("ALTER TABLE customers ALTER COLUMN tags DROP NOT NULL").await;
    shop.crm.batch("UPDATE customers SET tags = NULL").await;
    let error = Customer::find(1).one(&shop.dbs).await.unwrap_err();
    let Error::Decode { column, .. } = &error else { panic!("{error}") };
    assert_eq!(column, "Customer.tags");
    shop.crm.batch("UPDATE customers SET tags = '{a,NULL}'").await;
    assert!(matches!(Customer::find(1).one(&shop.dbs).await, Err(Error::Decode { .. })));
    // The connection is as good as before.
    assert_eq!(Customer::query().count(&shop.dbs).await.unwrap(), 1);
}

#[tokio::test]
async fn what_the_server_said_is_told_once() {
    let shop = Shop::open().await;
    let error = Customer::query().filter((Customer::ID / 0).eq(1)).count(&shop.dbs).await;
    assert_eq!(error.unwrap(), 0, "no row, no division");
    Customer::insert(customer("Ada")).execute(&shop.dbs).await.unwrap();
    let error = Customer::query().filter((Customer::ID / 0).eq(1)).count(&shop.dbs).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("22012"));
    assert_eq!(error.driver_error().and_then(|driver| driver.code()).map(|code| code.code()), Some("22012"));
    assert_eq!(error.db_error().map(|db| db.message()), Some("division by zero"));
    assert_eq!(
        error.to_string(),
        "connection `crm`: the statement failed: division by zero (SQLSTATE 22012)"
    );
    // A program that prints the chain of causes says nothing twice.
    let chain: Vec<String> =
        std::iter::successors(Some(&error as &dyn std::error::Error), |cause| cause.source())
            .map(|cause| cause.to_string())
            .collect();
    assert_eq!(chain.len(), 1, "{chain:?}");
}

#[tokio::test]
async fn a_lock_that_is_not_to_be_had_is_an_error_of_its_own() {
    let shop = Shop::open().await;
    Customer::insert(customer("Ada")).execute(&shop.dbs).await.unwrap();
    let tx = shop.dbs.crm.begin().await.unwrap();
    Customer::find(1).for_update().one(&tx).await.unwrap();
    let other = shop.dbs.crm.begin().await.unwrap();
    let error = Customer::find(1).for_update().nowait().one(&other).await.unwrap_err();
    assert!(matches!(error, Error::LockNotAvailable { .. }), "{error}");
    assert_eq!(error.sqlstate(), Some("55P03"));
    other.rollback().await.unwrap();
    let other = shop.dbs.crm.begin().await.unwrap();
    other.batch("SET LOCAL lock_timeout = '20ms'").await.unwrap();
    let error = soon(Customer::find(1).update().set(Customer::VISITS, 1).execute(&other)).await.unwrap_err();
    assert!(matches!(error, Error::LockNotAvailable { .. }) && !error.is_retryable(), "{error}");
}

#[tokio::test]
async fn a_value_that_is_too_large_is_an_error_of_its_own() {
    let shop = Shop::open().await;
    Customer::insert(customer("Ada")).execute(&shop.dbs).await.unwrap();
    let too_much = Customer::find(1).update().set(Customer::VISITS, Customer::VISITS + i32::MAX);
    too_much.execute(&shop.dbs).await.unwrap();
    let too_much = Customer::find(1).update().set(Customer::VISITS, Customer::VISITS + 1);
    let error = too_much.execute(&shop.dbs).await.unwrap_err();
    assert!(matches!(error, Error::ValueOutOfRange { .. }), "{error}");
    assert_eq!(error.sqlstate(), Some("22003"));
    let sql = "SELECT 'far too long'::text::varchar(3)::text, length('x')::text::int2 + 99999999";
    assert!(Crm::sql::<(String, i32)>(sql).one(&shop.dbs).await.is_ok(), "an explicit cast cuts a text off");
    shop.crm.batch("CREATE TABLE short (name varchar(3))").await;
    let error = Crm::sql("INSERT INTO short VALUES ('hunter2')").execute(&shop.dbs).await.unwrap_err();
    assert!(matches!(error, Error::ValueOutOfRange { .. }) && error.sqlstate() == Some("22001"), "{error}");
    // A number that the server reads from a text is quoted in its message, and not in ours.
    let error = Crm::sql::<i16>("SELECT $1::text::int2").bind("987654321").one(&shop.dbs).await.unwrap_err();
    assert!(matches!(error, Error::ValueOutOfRange { .. }) && !error.to_string().contains("987"), "{error}");
}

/// What the program wrote itself is the program's to mend; what ormgen wrote tells of a schema that is another one.
#[tokio::test]
async fn a_mistake_in_the_programs_own_sql_is_told_as_such() {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    for (sql, code) in [
        ("SELECT nme FROM customers", "42703"),
        ("SELECT name FROM custmers", "42P01"),
        ("SELECT lowercase(name) FROM customers", "42883"),
        ("SELECT name FORM customers WHERE", "42601"),
    ] {
        let error = Crm::sql::<String>(sql).all(dbs).await.unwrap_err();
        assert!(matches!(error, Error::InvalidSql { .. }), "{sql}: {error}");
        assert_eq!(error.sqlstate(), Some(code), "{sql}");
    }
    let fragment = functions::sql("similarty(").column(Customer::NAME).text(", 'Ada') > 0.4").filter();
    let error = Customer::query().filter(fragment).all(dbs).await.unwrap_err();
    assert!(matches!(error, Error::InvalidSql { .. }) && error.sqlstate() == Some("42883"), "{error}");

    shop.crm.batch("ALTER TABLE customers RENAME COLUMN name TO called").await;
    let error = Customer::query().all(dbs).await.unwrap_err();
    assert!(matches!(error, Error::SchemaDrift { .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_refuses_was_reached() {
    let db = server(1).create_database("refuses").await;
    let gone = format!("{}_gone", db.url());
    let pool = Pool::<Crm>::new(&ConnectionConfig::new("crm", gone.as_str())).unwrap();
    let error = soon(Customer::query().count(&pool)).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }) && error.sqlstate() == Some("3D000"), "{error}");
    db.batch(&format!("ALTER DATABASE \"{}\" CONNECTION LIMIT 0", db.name())).await;
    db.batch(&format!(
        "DO $$ BEGIN CREATE ROLE guest LOGIN PASSWORD 'guest'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         GRANT CONNECT ON DATABASE \"{}\" TO guest",
        db.name()
    ))
    .await;
    let (_, place) = db.url().rsplit_once('@').unwrap();
    let url = format!("postgres://guest:guest@{place}");
    // The server may have room in a moment: that is waited for.
    let config = ConnectionConfig::new("crm", url.as_str()).acquire_timeout(Duration::from_secs(1));
    let pool = Pool::<Crm>::new(&config).unwrap();
    let error = soon(Customer::query().count(&pool)).await.unwrap_err();
    assert!(matches!(error, Error::TooManyConnections { .. }), "{error}");
    assert_eq!(error.sqlstate(), Some("53300"));
}

/// PostgreSQL refuses a password that has expired as it refuses a wrong one: at once, and for as long as it is tried.
#[tokio::test]
async fn an_expired_password_is_refused_at_once() {
    let db = server(1).create_database("expired").await;
    let role = format!("late_{}", db.name());
    db.batch(&format!("CREATE ROLE {role} LOGIN PASSWORD 'late' VALID UNTIL '2001-01-01'")).await;
    let (_, place) = db.url().rsplit_once('@').unwrap();
    let url = format!("postgres://{role}:late@{place}");
    let pool = Pool::<Crm>::new(&ConnectionConfig::new("crm", url.as_str())).unwrap();
    let error = soon(Customer::query().count(&pool)).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }) && error.sqlstate() == Some("28P01"), "{error}");
    assert!(!error.to_string().contains(":late"), "{error}");
    db.batch(&format!("ALTER ROLE {role} VALID UNTIL 'infinity'")).await;
    let error = soon(Customer::query().count(&pool)).await.unwrap_err();
    assert!(!matches!(error, Error::Refused { .. }), "it is let in, and finds no table: {error}");
}

/// Citus passes on what its workers say without naming the constraint: its message has the name, with a shard's number.
#[tokio::test]
async fn a_constraint_that_only_the_message_names() {
    let shop = Shop::open().await;
    let refuse = async |code: &str, message: &str| {
        let sql = format!(
            "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION SQLSTATE '{code}' USING MESSAGE = '{message}'; END $$;
             CREATE OR REPLACE TRIGGER refuse BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION refuse()"
        );
        shop.crm.batch(&sql).await;
        Customer::insert(customer("Ada")).one(&shop.dbs).await.unwrap_err()
    };
    let message = "duplicate key value violates unique constraint \"customers_email_key_102008\"";
    let error = refuse("23505", message).await;
    let Error::UniqueViolation(violation) = &error else { panic!("{error}") };
    assert_eq!(parts(violation), ("crm", Some("customers_email_key"), None, None));
    assert!(error.to_string().contains("constraint `customers_email_key`: duplicate key"), "{error}");

    // A number that is no shard's belongs to the name.
    let error = refuse("23514", "new row for relation \"c\" violates check constraint \"year_2026\"").await;
    let Error::CheckViolation(violation) = &error else { panic!("{error}") };
    assert_eq!(parts(violation), ("crm", Some("year_2026"), None, None));

    let message =
        "null value in column \"email\" of relation \"customers_102008\" violates not-null constraint";
    let error = refuse("23502", message).await;
    let Error::NotNullViolation(violation) = &error else { panic!("{error}") };
    assert_eq!(parts(violation), ("crm", None, None, Some("email")));
    assert!(error.to_string().contains("column `email`: null value"), "{error}");

    let error = refuse("23505", "no").await;
    assert!(error.to_string().contains("a constraint whose name the server does not tell: no"), "{error}");
}

/// A trigger's statement that names what is not there says nothing of the schema that the code was generated from.
#[tokio::test]
async fn what_a_trigger_does_not_find_is_no_drift() {
    let shop = Shop::open().await;
    shop.crm
        .batch(
            "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO notes_that_are_gone VALUES (1); RETURN NEW; END $$;
             CREATE TRIGGER note BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION note()",
        )
        .await;
    let error = Customer::insert(customer("Ada")).execute(&shop.dbs).await.unwrap_err();
    assert!(matches!(error, Error::Database { .. }) && error.sqlstate() == Some("42P01"), "{error}");
    assert!(error.to_string().contains("notes_that_are_gone"), "{error}");
    shop.crm.batch("DROP TABLE loyalty_cards").await;
    let error = LoyaltyCard::query().count(&shop.dbs).await.unwrap_err();
    assert!(matches!(error, Error::SchemaDrift { .. }), "{error}");
}

/// A trigger that stores the row elsewhere, as the partitions of old did: it is no row that is not there.
#[tokio::test]
async fn an_insert_that_returns_nothing_is_told_as_that() {
    let shop = Shop::open().await;
    shop.crm
        .batch(
            "CREATE TABLE customers_old (LIKE customers);
             CREATE FUNCTION redirect() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO customers_old SELECT NEW.*; RETURN NULL; END $$;
             CREATE TRIGGER redirect BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION redirect()",
        )
        .await;
    let dbs = &shop.dbs;
    let error = Customer::insert(customer("Ada")).one(dbs).await.unwrap_err();
    assert!(matches!(error, Error::NotReturned { .. }) && error.kind() == "not_returned", "{error}");
    let error = Customer::insert(customer("Ada")).returning(Customer::ID).one(dbs).await.unwrap_err();
    assert!(matches!(error, Error::NotReturned { .. }), "{error}");
    assert_eq!(Customer::insert(customer("Ada")).optional(dbs).await.unwrap(), None);
    assert_eq!(Customer::insert(customer("Ada")).execute(dbs).await.unwrap(), 0);
    let error = Customer::find(1).update().set(Customer::NAME, "x").one(dbs).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}
