//! Whole rows, defaults and identities included: copies from one server to another.

use ormgen_runtime::{Error, prelude::*};
use ormgen_tests::generated::shop::{
    crm::{Customer, Tier},
    orders::Product,
};

use crate::support::{Shop, customer, customers, products};

async fn filled() -> Shop {
    let shop = Shop::open().await;
    let skipped = Customer::insert(customer("Gone")).one(&shop.dbs).await.unwrap();
    Customer::insert_many(customers(5)).execute(&shop.dbs).await.unwrap();
    Customer::query()
        .filter(Customer::NAME.eq("c3"))
        .update()
        .set(Customer::TIER, Tier::Gold)
        .set(Customer::TAGS, vec!["a".to_owned()])
        .set(Customer::REFERRER_ID, 2)
        .execute(&shop.dbs)
        .await
        .unwrap();
    skipped.delete().execute(&shop.dbs).await.unwrap();
    shop
}

async fn all(executor: impl Executor<ormgen_tests::generated::shop::crm::Crm>) -> Vec<Customer> {
    Customer::query().order_by(Customer::ID.asc()).all(executor).await.unwrap()
}

#[tokio::test]
async fn rows_go_to_another_server_as_they_are() {
    let shop = filled().await;
    let rows = all(&shop.dbs).await;
    assert_eq!(rows[0].id, 2, "ids that the other server would not give");
    let copied = Customer::insert_rows(rows.clone()).all(&shop.dbs.crm_eu).await.unwrap();
    assert_eq!(copied, rows);
    assert_eq!(all(&shop.dbs.crm_eu).await, rows);

    let one = Customer { id: 100, email: "x@example.org".into(), ..rows[0].clone() };
    let stored = Customer::insert_row(one.clone()).one(&shop.dbs.crm_eu).await.unwrap();
    assert_eq!(stored, one);
    let set = Customer { id: 101, email: "y@example.org".into(), ..rows[0].clone() };
    let set = Customer::insert_row(set).set(Customer::VISITS, 77).one(&shop.dbs.crm_eu).await.unwrap();
    assert_eq!((set.id, set.visits), (101, 77));
    let error = Customer::insert_row(one).execute(&shop.dbs.crm_eu).await.unwrap_err();
    assert!(matches!(error, Error::UniqueViolation(_)), "{error}");
}

/// A copy that is run again brings the other server up to date.
#[tokio::test]
async fn copies_can_be_run_again() {
    let shop = filled().await;
    let mut rows = all(&shop.dbs).await;
    Customer::insert_rows(rows[..2].to_vec()).execute(&shop.dbs.crm_eu).await.unwrap();
    let again = Customer::insert_rows(rows.clone()).on_conflict(Customer::ID).do_nothing();
    assert_eq!(again.execute(&shop.dbs.crm_eu).await.unwrap(), 3);

    rows[1].name = "New".into();
    rows[1].tags = vec!["b".into()];
    let update = Customer::insert_rows(rows.clone()).on_conflict(Customer::ID).do_update_all();
    assert_eq!(update.execute(&shop.dbs.crm_eu).await.unwrap(), 5);
    let copied = all(&shop.dbs.crm_eu).await;
    assert_eq!((copied[1].name.as_str(), &copied[1].tags[..]), ("New", &["b".to_owned()][..]));
    assert_eq!(copied[0], rows[0]);

    let row = rows.remove(0);
    let get = Customer::insert_row(row.clone()).on_conflict(Customer::ID).get_or_insert(&shop.dbs.crm_eu);
    assert_eq!(get.await.unwrap(), (row, false));
}

#[tokio::test]
async fn computed_columns_are_computed_anew() {
    let shop = Shop::open().await;
    products(&shop.dbs, &["A-1"]).await;
    let product = Product::find("A-1").one(&shop.dbs).await.unwrap();
    product.delete().execute(&shop.dbs).await.unwrap();
    let wrong = Product { gross_price: None, available: false, ..product.clone() };
    let stored = Product::insert_row(wrong).one(&shop.dbs).await.unwrap();
    assert_eq!(stored, Product { available: false, ..product });
}
