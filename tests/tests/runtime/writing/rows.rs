//! One row that was read: changed, removed, read again.

use ormgen_runtime::{Error, prelude::*, types::Decimal};
use ormgen_tests::{
    generated::shop::{
        crm::{Customer, Tier},
        orders::{Item, Product},
    },
    server::TestDb,
};
use serde_json::json;

use crate::support::{Shop, ask_counted, customer, order, products};

/// The updates of customers that the server got since this was last asked, as it keeps them.
async fn updates(db: &TestDb) -> Vec<String> {
    const SQL: &str = "SELECT coalesce(array_agg(query ORDER BY query), '{}') FROM pg_stat_statements
         WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND query LIKE 'UPDATE public.customers%'";
    ask_counted(db, SQL).await
}

async fn with_ada() -> (Shop, Customer) {
    let shop = Shop::open().await;
    shop.crm.batch("CREATE EXTENSION pg_stat_statements").await;
    let ada = Customer::insert(customer("Ada")).one(&shop.dbs).await.unwrap();
    (shop, ada)
}

#[tokio::test]
async fn a_row_is_updated_and_deleted_by_its_key() {
    let (shop, ada) = with_ada().await;
    let update = ada.update().set(Customer::VISITS, Customer::VISITS + 1);
    let row = update.one(&shop.dbs).await.unwrap();
    assert_eq!((row.id, row.visits), (ada.id, 1));
    assert_eq!(row.update().one(&shop.dbs).await.unwrap(), row, "nothing set: it is read");
    assert_eq!(row.delete().one(&shop.dbs).await.unwrap(), row);

    assert_eq!(row.delete().optional(&shop.dbs).await.unwrap(), None);
    assert_eq!(row.delete().execute(&shop.dbs).await.unwrap(), 0);
    assert!(matches!(row.delete().one(&shop.dbs).await, Err(Error::NotFound { .. })));
    let gone = || Customer::find(row.id).update().set(Customer::VISITS, 1);
    assert_eq!(gone().optional(&shop.dbs).await.unwrap(), None);
    assert!(matches!(gone().one(&shop.dbs).await, Err(Error::NotFound { .. })));

    products(&shop.dbs, &["A-1"]).await;
    let placed = order(&shop.dbs, 1, &["A-1", "A-1"]).await;
    let line = Item::find((placed.id, 2)).one(&shop.dbs).await.unwrap();
    let line = line.update().set(Item::QUANTITY, 3).one(&shop.dbs).await.unwrap();
    assert_eq!((line.line_no, line.quantity), (2, 3));
    line.delete().execute(&shop.dbs).await.unwrap();
    assert_eq!(Item::query().one(&shop.dbs).await.unwrap().line_no, 1);
}

#[tokio::test]
async fn only_what_changed_is_sent() {
    let (shop, before) = with_ada().await;
    let mut ada = before.clone();
    updates(&shop.crm).await;
    ada = ada.save(&before, &shop.dbs).await.unwrap();
    assert_eq!(ada, before);
    assert_eq!(updates(&shop.crm).await, [""; 0], "nothing changed, nothing sent");

    // Someone else visits in between: that stays, for the column is not sent.
    before.update().set(Customer::VISITS, 4).execute(&shop.dbs).await.unwrap();
    updates(&shop.crm).await;
    ada.name = "Ada Lovelace".into();
    ada.tier = Tier::Gold;
    ada.settings = json!({ "theme": "dark" });
    let saved = ada.clone().save(&before, &shop.dbs).await.unwrap();
    let [sent] = &updates(&shop.crm).await[..] else { panic!("one update") };
    assert!(
        sent.starts_with(
            "UPDATE public.customers SET name = $1, tier = $2, settings = $3 WHERE id = $4 RETURNING"
        ),
        "{sent}"
    );
    assert_eq!((saved.name.as_str(), saved.visits, saved.tier), ("Ada Lovelace", 4, Tier::Gold));
    assert_ne!(saved.search, before.search, "what the database computes is as it is now");
    assert_eq!(Customer::find(saved.id).one(&shop.dbs).await.unwrap(), saved);

    // To NULL and back, a domain, an array.
    let mut next = saved.clone();
    next.referrer_id = Some(saved.id);
    next.email = "a@example.org".into();
    next.tags = vec!["a".into(), "b".into()];
    let next = next.save(&saved, &shop.dbs).await.unwrap();
    assert_eq!((next.referrer_id, next.tags.len()), (Some(saved.id), 2));
    let back = Customer { referrer_id: None, ..next.clone() }.save(&next, &shop.dbs).await.unwrap();
    assert_eq!(back, Customer { referrer_id: None, ..next });
}

#[tokio::test]
async fn what_cannot_be_saved_is_told() {
    let (shop, before) = with_ada().await;
    let error = Customer { id: 99, ..before.clone() }.save(&before, &shop.dbs).await.unwrap_err();
    assert!(error.to_string().contains("can only be updated to DEFAULT"), "{error}");
    let error = Customer { visits: -1, ..before.clone() }.save(&before, &shop.dbs).await.unwrap_err();
    assert!(matches!(error, Error::CheckViolation(_)), "{error}");
    before.delete().execute(&shop.dbs).await.unwrap();
    let error = Customer { visits: 1, ..before.clone() }.save(&before, &shop.dbs).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn a_key_can_be_saved() {
    let shop = Shop::open().await;
    products(&shop.dbs, &["A-1", "B-2"]).await;
    let before = Product::find("A-1").one(&shop.dbs).await.unwrap();
    let product = Product { sku: "C-3".into(), price: Decimal::ONE, ..before.clone() };
    let product = product.save(&before, &shop.dbs).await.unwrap();
    assert_eq!((product.sku.as_str(), product.price), ("C-3", Decimal::ONE));
    assert_eq!(Product::find("A-1").optional(&shop.dbs).await.unwrap(), None);
}

#[tokio::test]
async fn a_row_is_read_again() {
    let (shop, mut ada) = with_ada().await;
    ada.update().set(Customer::VISITS, 9).execute(&shop.dbs).await.unwrap();
    assert_eq!(ada.visits, 0);
    ada.refresh(&shop.dbs).await.unwrap();
    assert_eq!(ada.visits, 9);
    let tx = shop.dbs.crm.begin().await.unwrap();
    ada.update().set(Customer::VISITS, 10).execute(&tx).await.unwrap();
    ada.refresh(&tx).await.unwrap();
    assert_eq!(ada.visits, 10);
    tx.rollback().await.unwrap();
    ada.delete().execute(&shop.dbs).await.unwrap();
    assert!(matches!(ada.refresh(&shop.dbs).await, Err(Error::NotFound { .. })));
    assert_eq!(ada.visits, 10, "as it was");
}
