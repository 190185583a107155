//! `dbs.verify()`: live schemas against the generated code.

use ormgen_runtime::{Error, Pool, Result, config::ConnectionConfig, prelude::*};
use ormgen_tests::{
    generated::{dumped, extended::extensions::Extensions, reporting, shop, strange, typed},
    logged::warnings,
    server::{TestDb, server},
};

async fn database(hint: &str, sql: &str) -> TestDb {
    let database = server(1).create_database(hint).await;
    database.batch(sql).await;
    database
}

fn pool<D: ormgen_runtime::Database>(database: &TestDb) -> Result<Pool<D>> {
    Pool::new(&ConnectionConfig::new("live", database.url()))
}

/// What differs, in words.
async fn differences<D: ormgen_runtime::Database>(database: &TestDb) -> Vec<String> {
    let pool: Pool<D> = pool(database).expect("the URL is good");
    let found = pool.differences().await.expect("the server answers");
    found.into_iter().map(|difference| format!("{} {}", difference.object, difference.what)).collect()
}

#[tokio::test]
async fn a_schema_fits_the_code_generated_from_it() {
    let none: [String; 0] = [];
    let analytics = database("analytics", include_str!("../../schemas/analytics.sql")).await;
    assert_eq!(differences::<reporting::analytics::Analytics>(&analytics).await, none);
    let adversarial = database("adversarial", include_str!("../../schemas/adversarial.sql")).await;
    assert_eq!(differences::<strange::adversarial::Adversarial>(&adversarial).await, none);
    let every_type = database("every_type", include_str!("../../schemas/every_type.sql")).await;
    assert_eq!(differences::<typed::every_type::EveryType>(&every_type).await, none);
    let crm = database("crm", include_str!("../../schemas/shop/crm.sql")).await;
    assert_eq!(differences::<shop::crm::Crm>(&crm).await, none);
    assert!(
        !differences::<dumped::as_dumped::AsDumped>(&crm).await.is_empty(),
        "another schema does not fit"
    );
}

#[tokio::test]
async fn what_hurts_is_told_and_what_cannot_is_not() {
    let crm = database("crm", include_str!("../../schemas/shop/crm.sql")).await;
    crm.batch(
        "ALTER TABLE customers ADD COLUMN nickname text;
         CREATE TABLE visits (id integer);
         ALTER TABLE customers ALTER COLUMN born_on SET DEFAULT now();",
    )
    .await;
    assert!(differences::<shop::crm::Crm>(&crm).await.is_empty(), "additions break nothing");
    crm.batch(
        "ALTER TABLE addresses ALTER COLUMN postcode TYPE varchar(40);
         ALTER TABLE addresses ALTER COLUMN country TYPE varchar(3);
         ALTER TYPE tier ADD VALUE 'platinum';",
    )
    .await;
    let none: [String; 0] = [];
    assert_eq!(differences::<shop::crm::Crm>(&crm).await, none, "wider types and new labels hurt nobody");
    crm.batch(
        "ALTER TABLE addresses ALTER COLUMN postcode TYPE text;
         ALTER TABLE addresses ALTER COLUMN country TYPE text",
    )
    .await;
    assert_eq!(differences::<shop::crm::Crm>(&crm).await, none);

    crm.batch(
        "ALTER TABLE customers ALTER COLUMN name DROP NOT NULL;
         ALTER TABLE addresses RENAME COLUMN city TO town;
         ALTER TABLE addresses ALTER COLUMN postcode TYPE bytea USING convert_to(postcode, 'UTF8');
         DROP TABLE loyalty_cards;
         ALTER TYPE tier RENAME VALUE 'gold' TO 'golden';",
    )
    .await;
    let mut found = differences::<shop::crm::Crm>(&crm).await;
    found.sort();
    assert_eq!(
        found,
        [
            "public.addresses has column postcode as bytea, which was varchar",
            "public.addresses has no column city",
            "public.customers has column name that may now be NULL",
            "public.loyalty_cards is not there",
            "public.tier has no label `gold` any more",
        ]
    );
}

#[tokio::test]
async fn a_row_with_a_new_label_says_which_and_what_to_do() {
    use shop::crm::{Crm, Customer, Tier};

    let crm = database("crm", include_str!("../../schemas/shop/crm.sql")).await;
    let pool: Pool<Crm> = pool(&crm).expect("the URL is good");
    crm.batch("INSERT INTO customers (email, name, tier) VALUES ('a@example.org', 'Ada', 'gold')").await;
    assert_eq!(Customer::find(1).one(&pool).await.expect("it is known").tier, Tier::Gold);

    crm.batch("ALTER TYPE tier ADD VALUE 'platinum'").await;
    crm.batch("UPDATE customers SET tier = 'platinum'").await;
    let error = Customer::find(1).one(&pool).await.expect_err("the code does not know it");
    assert_eq!(
        error.to_string(),
        "connection `live`: the value of `Customer.tier` does not fit its Rust type: the enum `tier` had no label \
         `platinum` when the code was generated: if the database has it now, bring the manifest's schema up to date \
         and run `ormgen build`"
    );
    // Queries that leave the column out work.
    let names = Customer::query().select(Customer::NAME).all(&pool).await.expect("a text");
    assert_eq!(names, ["Ada"]);
}

#[tokio::test]
async fn a_column_that_new_rows_lack_is_logged() {
    use shop::crm::{Address, Crm, NewAddress};

    let crm = database("crm", include_str!("../../schemas/shop/crm.sql")).await;
    crm.batch(
        "CREATE DOMAIN code AS text NOT NULL;
         CREATE DOMAIN zero AS integer DEFAULT 0 NOT NULL;
         INSERT INTO customers (email, name) VALUES ('a@example.org', 'Ada');
         ALTER TABLE addresses
             ADD COLUMN \"Floor\" smallint NOT NULL,
             ADD COLUMN code code,
             ADD COLUMN zero zero,
             ADD COLUMN day date NOT NULL DEFAULT now(),
             ADD COLUMN serial bigint GENERATED BY DEFAULT AS IDENTITY,
             ADD COLUMN twice bigint GENERATED ALWAYS AS (customer_id * 2) STORED NOT NULL,
             ADD COLUMN note text",
    )
    .await;
    let logged = warnings();
    let none: [String; 0] = [];
    assert_eq!(differences::<Crm>(&crm).await, none, "a trigger may set it, and reads go on");
    let tells = |column| {
        format!(
            "public.addresses has a new column {column}, which is NOT NULL and has no default: unless a trigger sets \
             it, no row can be inserted before the code is generated anew"
        )
    };
    assert_eq!(logged.messages(), [tells("\"Floor\""), tells("code")]);
    // It is as the warning says.
    let pool: Pool<Crm> = pool(&crm).expect("the URL is good");
    let new = NewAddress {
        customer_id: 1,
        street: "Via 1".to_owned(),
        postcode: "1".to_owned(),
        city: "Rome".to_owned(),
    };
    Address::insert(new).one(&pool).await.expect_err("NOT NULL");
}

#[tokio::test]
async fn every_connection_is_looked_at() {
    let crm = database("crm", include_str!("../../schemas/shop/crm.sql")).await;
    let crm_eu = database("crm_eu", include_str!("../../schemas/shop/crm.sql")).await;
    let orders = server(2).create_database("orders").await;
    for migration in ormgen_tests::migrations("shop/orders") {
        orders.batch(&migration).await;
    }
    let dbs = shop::Databases {
        crm: pool(&crm).expect("a URL"),
        crm_eu: pool(&crm_eu).expect("a URL"),
        orders: pool(&orders).expect("a URL"),
    };
    dbs.verify().await.expect("all fit");

    crm_eu.batch("DROP VIEW active_customers").await;
    let error = dbs.verify().await.expect_err("one has changed");
    let Error::Drift(differences) = &error else { panic!("{error}") };
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].object, "public.active_customers");
    assert!(error.to_string().contains("is not there"), "{error}");
}

/// It is there before and after each migration.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_that_swaps_tables_is_no_difference() {
    let crm = database("crm", include_str!("../../schemas/shop/crm.sql")).await;
    let client = crm.connect().await;
    const VIEW: &str = "SELECT pg_get_viewdef('active_customers'::regclass)";
    let view: String = client.query_one(VIEW, &[]).await.unwrap().get(0);
    let swap = format!("BEGIN; DROP VIEW active_customers; CREATE VIEW active_customers AS {view} COMMIT");
    let swaps = tokio::spawn(async move {
        for _ in 0..60 {
            client.batch_execute(&swap).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(40)).await;
        }
    });
    let pool: Pool<shop::crm::Crm> = pool(&crm).unwrap();
    while !swaps.is_finished() {
        assert_eq!(pool.differences().await.unwrap(), []);
    }
    swaps.await.unwrap();
}

#[tokio::test]
async fn each_difference_is_told_once_and_those_of_a_replica_with_its_host() {
    let crm = database("crm", include_str!("../../schemas/shop/crm.sql")).await;
    crm.batch("ALTER TABLE customers RENAME COLUMN born_on TO born").await;
    // What stands in for a replica here is no follower: `differences` asks each server that answers.
    let behind = database("behind", include_str!("../../schemas/shop/crm.sql")).await;
    behind.batch("ALTER TABLE customers RENAME COLUMN born_on TO born; DROP TABLE addresses CASCADE").await;
    let config = ConnectionConfig::new("live", crm.url()).replica(crm.url()).replica(behind.url());
    let pool: Pool<shop::crm::Crm> = Pool::new(&config).unwrap();
    let found = pool.differences().await.unwrap();
    assert_eq!(found.iter().filter(|one| one.what.contains("born_on")).count(), 1, "{found:?}");
    let (of_replica, of_primary): (Vec<_>, Vec<_>) =
        found.iter().partition(|one| one.what.contains("(on the replica at "));
    assert!(of_primary.iter().all(|one| one.object.ends_with("customers")), "{of_primary:?}");
    assert!(!of_replica.is_empty(), "{found:?}");
    assert!(of_replica.iter().all(|one| one.object.ends_with("addresses")), "{of_replica:?}");
}

#[tokio::test]
async fn operators_that_the_search_path_does_not_reach() {
    let db = database("extensions", include_str!("../../schemas/extensions.sql")).await;
    assert_eq!(differences::<Extensions>(&db).await, [""; 0]);
    let name = db.url().rsplit('/').next().expect("a path").split('?').next().unwrap_or_default().to_owned();
    db.batch(&format!("ALTER DATABASE \"{name}\" SET search_path = ''")).await;
    let found = differences::<Extensions>(&db).await;
    assert_eq!(found.len(), 2, "{found:#?}");
    let found = found.into_iter().collect::<std::collections::BTreeSet<_>>();
    for (found, column) in found.iter().zip(["name", "names"]) {
        assert!(found.starts_with(&format!("public.labelled has column {column} of the type ")), "{found}");
        assert!(
            found.contains("operators are in the schema public, which is not in the `search_path`"),
            "{found}"
        );
    }
}

/// A value of a composite type has no names of its fields.
#[tokio::test]
async fn fields_that_have_moved() {
    const SCHEMA: &str = include_str!("../../schemas/every_type.sql");
    let differences = differences::<typed::every_type::EveryType>;
    let types = database("types", SCHEMA).await;
    assert_eq!(differences(&types).await, [""; 0]);
    types
        .batch(
            "ALTER TYPE place DROP ATTRIBUTE street CASCADE;
             ALTER TYPE place ADD ATTRIBUTE street text CASCADE;
             ALTER TYPE person ADD ATTRIBUTE died date CASCADE",
        )
        .await;
    let mut found = differences(&types).await;
    found.sort();
    let person = "public.person has the fields name, home, others, moods, born, died, which were name, home, others, moods, born";
    assert_eq!(found, [person, "public.place has the fields city, at, street, which were street, city, at"]);
    types.batch("ALTER TYPE place DROP ATTRIBUTE city CASCADE").await;
    assert_eq!(differences(&types).await, ["public.place has no column city", person]);
}
