//! What SQL cannot say is refused in our words, before anything is sent; and whose mistake an error is.

use ormgen_runtime::{
    Error,
    functions::{count, row_number, sql, sum, window},
    prelude::*,
};
use ormgen_tests::generated::shop::crm::{Crm, Customer};

use crate::{customers, letters};

#[tokio::test]
async fn aggregates_and_windows_have_no_place_in_a_filter() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let words = |error: Error| {
        assert!(matches!(error, Error::InvalidQuery { .. }), "{error}");
        error.to_string()
    };
    let several = Customer::query().filter(count().gt(1)).all(dbs).await.unwrap_err();
    assert!(words(several).contains("put the condition into `having`"));
    let grouped = Customer::query().group_by(Customer::TIER).select((Customer::TIER, count()));
    let grouped = grouped.filter(sum(Customer::VISITS).gt(1)).all(dbs).await.unwrap_err();
    assert!(words(grouped).contains("put the condition into `having`"));
    let number = || row_number().over(window().order_by(Customer::ID.asc()));
    let numbered = Customer::query().filter(number().lte(3)).all(dbs).await.unwrap_err();
    assert!(words(numbered).contains("before there are windows"));
    let deleted = Customer::query().filter(number().lte(3)).delete().execute(dbs).await.unwrap_err();
    assert!(words(deleted).contains("before there are windows"));
    // A page begins where another ended; a limit that the query has is the page's.
    let offset = Customer::query().offset(1).keyset(Customer::ID).page(dbs).await.unwrap_err();
    assert!(words(offset).contains("leave out `offset`"));
    let page = Customer::query().limit(2).keyset(Customer::ID).page(dbs).await.unwrap();
    assert_eq!((page.rows.len(), page.next), (2, Some(2)));
    // What is said of related rows, and of the rows of another query, is a value of each row.
    assert_eq!(letters(dbs, Customer::CUSTOMERS_BY_REFERRER.count().gt(1)).await, "A");
    let average = Customer::query().select(sum(Customer::VISITS) / 5).scalar();
    assert_eq!(letters(dbs, Customer::VISITS.cast_to::<i64>().gt(average)).await, "AE");
}

#[tokio::test]
async fn a_mistake_in_sql_of_ones_own_is_not_the_schemas() {
    let shop = customers().await;
    let no_function = sql("no_such(").column(Customer::ID).text(")").filter();
    let no_table = Crm::sql::<i64>("SELECT count(*) FROM no_such_table").one(&shop.dbs.crm).await;
    let no_column = Crm::sql("UPDATE customers SET no_such = 1").execute(&shop.dbs.crm).await;
    let errors = [
        Customer::query().filter(no_function).all(&shop.dbs).await.unwrap_err(),
        no_table.unwrap_err(),
        no_column.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, Error::InvalidSql { .. }), "{error}");
        let text = error.to_string();
        let begins = "connection `crm`: the program's own SQL does not fit the database: ";
        assert!(text.starts_with(begins) && text.contains("no_such"), "{text}");
    }
    shop.crm.batch("ALTER TABLE addresses RENAME COLUMN city TO town").await;
    let drift = ormgen_tests::generated::shop::crm::Address::query().all(&shop.dbs).await.unwrap_err();
    assert!(matches!(drift, Error::SchemaDrift { .. }), "{drift}");
}
