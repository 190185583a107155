//! What SQL cannot say is refused in our words, before anything is sent; and whose mistake an error is.

use ormgen_runtime::{
    Error, Expression, Filter,
    functions::{count, max, row_number, sql, sum, unnest, when, window},
    prelude::*,
    query::{InHaving, IntoFilter as _, Place},
};
use ormgen_tests::generated::shop::crm::{Crm, Customer};

use ormgen_tests::shop::customer;

use crate::{customers, letters};

/// A condition on any expression, also on one that the compiler would not let into a filter.
fn more_than<M, P: Place>(of: impl Expression<M, P>, count: i64) -> Filter<M> {
    sql("").column(of).text(" > ").value(count).filter()
}

#[tokio::test]
async fn aggregates_and_windows_have_no_place_in_a_filter_not_even_within_a_fragment() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let words = |error: Error| {
        assert!(matches!(error, Error::InvalidQuery { .. }), "{error}");
        error.to_string()
    };
    let several = Customer::query().filter(more_than(count(), 1)).all(dbs).await.unwrap_err();
    assert!(words(several).contains("put the condition into `having`"));
    let grouped = Customer::query().group_by(Customer::TIER).select((Customer::TIER, count()));
    let grouped = grouped.filter(more_than(sum(Customer::VISITS), 1)).all(dbs).await.unwrap_err();
    assert!(words(grouped).contains("put the condition into `having`"));
    let number = || more_than(row_number().over(window().order_by(Customer::ID.asc())), 3);
    let numbered = Customer::query().filter(number()).all(dbs).await.unwrap_err();
    assert!(words(numbered).contains("before there are windows"));
    let deleted = Customer::query().filter(number()).delete().execute(dbs).await.unwrap_err();
    assert!(words(deleted).contains("before there are windows"));
    let several = Customer::query().filter(more_than(unnest(Customer::TAGS), 0)).all(dbs).await.unwrap_err();
    assert!(words(several).contains("`TAGS.has(…)`"));
    // A page begins where another ended; a limit that the query has is the page's.
    let offset = Customer::query().offset(1).keyset(Customer::ID).page(dbs).await.unwrap_err();
    assert!(words(offset).contains("leave out `offset`"));
    let page = Customer::query().limit(2).keyset(Customer::ID).page(dbs).await.unwrap();
    assert_eq!((page.rows.len(), page.next), (2, Some(2)));
    let none = Customer::query().keyset(Customer::ID).limit(0).page(dbs).await.unwrap_err();
    assert!(words(none).contains("at least 1"));
    // What is said of related rows, and of the rows of another query, is a value of each row.
    assert_eq!(letters(dbs, Customer::CUSTOMERS_BY_REFERRER.count().gt(1)).await, "A");
    let average = Customer::query().select(sum(Customer::VISITS) / 5).scalar();
    assert_eq!(letters(dbs, Customer::VISITS.cast_to::<i64>().gt(average)).await, "AE");
}

/// How a function says that it gives a condition on groups.
fn visited(visits: i64) -> Filter<Customer, InHaving> {
    sum(Customer::VISITS).gt(visits).or(count().gt(9))
}

#[tokio::test]
async fn conditions_on_groups_are_made_of_columns_and_aggregates() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let groups = || Customer::query().group_by(Customer::ACTIVE).select(count());
    // A column and an aggregate, either on the left; a list; a CASE; an `Option`.
    let known = || Customer::ACTIVE.into_filter().or(not(Customer::ACTIVE));
    let all = groups().having(known().and(visited(10))).all(dbs).await.unwrap();
    assert_eq!(all, groups().having(visited(10).and(known())).all(dbs).await.unwrap());
    let before = Customer::query().group_by(Customer::ACTIVE).having(visited(10)).having(known());
    assert_eq!(all, before.select(count()).all(dbs).await.unwrap());
    let nobody = groups().having(Filter::all([count().gt(100), visited(1000)])).all(dbs).await.unwrap();
    assert_eq!(nobody, [0i64; 0]);
    let crowd = || when(count().gt(1), "crowd".to_owned()).otherwise("few");
    assert_eq!(groups().having(crowd().eq("nobody")).all(dbs).await.unwrap(), [0i64; 0]);
    let given: Option<Filter<Customer, InHaving>> = None;
    let total: i64 = groups().having(given).all(dbs).await.unwrap().into_iter().sum();
    assert_eq!(total, 5);
    let largest = Customer::query().group_by(Customer::ACTIVE).select(max(Customer::VISITS));
    let one = largest.having(Customer::ACTIVE.eq(true)).one(dbs).await.unwrap();
    assert!(one.is_some());
}

#[tokio::test]
async fn a_conflict_is_one_on_the_columns_of_a_unique_index() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let new = || Customer::insert(customer("Ada"));
    let errors = [
        new().on_conflict(Customer::NAME).get_or_insert(dbs).await.unwrap_err(),
        new().on_conflict((Customer::EMAIL, Customer::NAME)).do_nothing().execute(dbs).await.unwrap_err(),
        new().on_conflict(Customer::NAME).do_update(Customer::VISITS).execute(dbs).await.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, Error::InvalidQuery { .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            "connection `crm`: `on_conflict(…)` names columns that are not those of a unique index: name all columns of \
             one, and no others. One over expressions is `on_index(\"lower(email)\")`; a partial one also needs \
             `index_where(…)`"
        );
    }
    assert_eq!(letters(dbs, Customer::ID.gt(0)).await, "ABCDE");
    assert!(!new().on_conflict(Customer::EMAIL).get_or_insert(dbs).await.unwrap().1);
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
