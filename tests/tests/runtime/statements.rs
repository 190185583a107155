//! Statements are prepared once a connection, and again where the table changed under them.

use ormgen_runtime::{Error, prelude::*};
use ormgen_tests::generated::shop::crm::{ActiveCustomer, Address, Customer};

use crate::support::{Shop, customer, customers};

/// In place of the view: the statements that the session which reads it has prepared.
pub const PREPARED: &str = "DROP VIEW active_customers;
     CREATE VIEW active_customers AS
     SELECT NULL::bigint AS id, statement AS name, NULL::email AS email, NULL::tier AS tier,
            prepare_time AS created_at
     FROM pg_prepared_statements";

#[tokio::test]
async fn a_statement_is_prepared_once_a_connection() {
    let shop = Shop::open_with(|connection| connection.max_size(1)).await;
    shop.crm.batch(PREPARED).await;
    for n in 0..20 {
        Customer::insert(customer(&format!("c{n}"))).one(&shop.dbs).await.unwrap();
        Customer::find(n + 1).one(&shop.dbs).await.unwrap();
        Customer::query().filter(Customer::ID.eq(n)).limit(3).all(&shop.dbs).await.unwrap();
        // As many ids as may be: one statement.
        Customer::query().filter(Customer::ID.is_in(0..n)).count(&shop.dbs).await.unwrap();
        let rows = customers(n as usize).into_iter().map(|row| customer(&format!("{n} {}", row.name)));
        Customer::insert_many(rows).execute(&shop.dbs).await.unwrap();
        Customer::query().with(Customer::ADDRESSES).all(&shop.dbs).await.unwrap();
        let tx = shop.dbs.crm.begin().await.unwrap();
        Customer::find(n + 1).one(&tx).await.unwrap();
        tx.commit().await.unwrap();
    }
    let prepared = ActiveCustomer::query().all(&shop.dbs).await.unwrap();
    let mut texts: Vec<_> = prepared.into_iter().filter_map(|row| row.name).collect();
    texts.retain(|text| text.contains("public.customers") || text.contains("public.addresses"));
    let all = texts.len();
    texts.sort();
    texts.dedup();
    assert_eq!((texts.len(), all), (7, 7), "{texts:#?}");
}

#[tokio::test]
async fn a_table_altered_under_a_statement_is_no_matter() {
    let shop = Shop::open_with(|connection| connection.max_size(1)).await;
    Address::query().all(&shop.dbs).await.unwrap();
    shop.crm.batch("ALTER TABLE addresses ALTER COLUMN street TYPE varchar(200)").await;
    assert!(Address::query().all(&shop.dbs).await.unwrap().is_empty());

    // A column that is gone stays gone.
    shop.crm.batch("ALTER TABLE addresses RENAME COLUMN city TO town").await;
    for _ in 0..2 {
        let error = Address::query().all(&shop.dbs).await.unwrap_err();
        assert!(matches!(error, Error::SchemaDrift { .. }), "{error}");
        assert!(
            error.to_string().starts_with(
                "connection `crm`: the database's schema is not the one this code was generated from: "
            ),
            "{error}"
        );
    }
    shop.crm.batch("ALTER TABLE addresses RENAME COLUMN town TO city").await;
    assert!(Address::query().all(&shop.dbs).await.unwrap().is_empty());
    shop.crm.batch("DROP TABLE addresses").await;
    let error = Address::query().all(&shop.dbs).await.unwrap_err();
    assert!(matches!(error, Error::SchemaDrift { .. }), "{error}");
    Customer::query().all(&shop.dbs).await.unwrap();
}

#[tokio::test]
async fn a_statement_that_someone_deallocated_is_prepared_again() {
    let shop = Shop::open_with(|connection| connection.max_size(1)).await;
    let connection = shop.dbs.crm.connection().await.unwrap();
    Customer::query().all(&connection).await.unwrap();
    connection.batch("DEALLOCATE ALL").await.unwrap();
    Customer::query().all(&connection).await.unwrap();
}
