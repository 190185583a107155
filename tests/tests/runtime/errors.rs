//! Errors tell apart what a program may act on, and name what said no.

use std::{error::Error as _, time::Duration};

use ormgen_runtime::{Error, Violation, prelude::*, types};
use ormgen_tests::generated::shop::{
    crm::{Customer, LoyaltyCard, NewLoyaltyCard},
    orders::{NewShipment, Shipment},
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
async fn a_value_that_does_not_fit_names_model_and_column() {
    let shop = Shop::open().await;
    Customer::insert(customer("Ada")).execute(&shop.dbs).await.unwrap();
    shop.crm.batch("ALTER TYPE tier ADD VALUE 'platinum'").await;
    shop.crm.batch("UPDATE customers SET tier = 'platinum'").await;
    let error = Customer::query().all(&shop.dbs).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "connection `crm`: the value of `Customer.tier` does not fit its Rust type: the enum `tier` had no \
         label `platinum` when the code was generated"
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
async fn the_drivers_own_error_is_the_source() {
    let shop = Shop::open().await;
    let error = Customer::query().filter((Customer::ID / 0).eq(1)).count(&shop.dbs).await;
    assert_eq!(error.unwrap(), 0, "no row, no division");
    Customer::insert(customer("Ada")).execute(&shop.dbs).await.unwrap();
    let error = Customer::query().filter((Customer::ID / 0).eq(1)).count(&shop.dbs).await.unwrap_err();
    let source = error.source().and_then(|source| source.downcast_ref::<tokio_postgres::Error>());
    assert_eq!(source.and_then(|source| source.code()).map(|code| code.code()), Some("22012"));
    assert_eq!(
        error.to_string(),
        "connection `crm`: the statement failed: division by zero (SQLSTATE 22012)"
    );
}
