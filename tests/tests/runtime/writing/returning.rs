//! Columns and expressions of the rows that a statement changed.

use ormgen_runtime::{Error, functions::upper, prelude::*};
use ormgen_tests::generated::shop::{crm::Customer, orders::Product};

use crate::support::{Shop, customer, customers, names, products};

#[tokio::test]
async fn of_inserts() {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    let id: i64 = Customer::insert(customer("Ada")).returning(Customer::ID).one(dbs).await.unwrap();
    let set = Customer::insert(customer("Bob")).set(Customer::VISITS, 2);
    let pair: (i64, Option<i64>) =
        set.returning((Customer::ID, Customer::REFERRER_ID)).one(dbs).await.unwrap();
    assert_eq!((id, pair), (1, (2, None)));
    let many = Customer::insert_many(customers(3)).returning((Customer::ID, upper(Customer::NAME)));
    let many: Vec<(i64, String)> = many.all(dbs).await.unwrap();
    assert_eq!(many, [(3, "C0".into()), (4, "C1".into()), (5, "C2".into())]);

    let again = || Customer::insert(customer("Ada")).on_conflict(Customer::EMAIL);
    let nothing = again().do_nothing().returning(Customer::ID).optional(dbs).await.unwrap();
    let update = again().do_update_set(Customer::VISITS, Customer::VISITS + 4);
    let visits = update.returning((Customer::ID, Customer::VISITS * 2)).one(dbs).await.unwrap();
    assert_eq!((nothing, visits), (None, (1, 8)));
    let none = again().do_nothing().returning(Customer::ID).one(dbs).await;
    assert!(matches!(none, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn of_updates_and_deletes() {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    Customer::insert_many(customers(3)).execute(dbs).await.unwrap();
    let update = Customer::query().filter(Customer::ID.gt(1)).update().set(Customer::VISITS, 1);
    let mut updated = update.returning((Customer::ID, Customer::VISITS)).all(dbs).await.unwrap();
    updated.sort();
    assert_eq!(updated, [(2, 1), (3, 1)]);
    let visits = Customer::find(2).update().set(Customer::VISITS, 3).returning(Customer::VISITS);
    assert_eq!(visits.one(dbs).await.unwrap(), 3);
    let none = Customer::find(9).update().set(Customer::VISITS, 3).returning(Customer::VISITS);
    assert_eq!(none.optional(dbs).await.unwrap(), None);
    let read = Customer::find(2).update().returning(Customer::VISITS);
    assert_eq!(read.one(dbs).await.unwrap(), 3, "nothing set: it is read");

    let gone = Customer::find(1).delete().returning(Customer::NAME).one(dbs).await.unwrap();
    let mut rest =
        Customer::query().delete().returning((Customer::ID, Customer::NAME)).all(dbs).await.unwrap();
    rest.sort();
    assert_eq!((gone.as_str(), rest), ("c0", vec![(2, "c1".into()), (3, "c2".into())]));
    assert_eq!(names(dbs).await, [""; 0]);
}

#[tokio::test]
async fn computed_columns_come_back() {
    let shop = Shop::open().await;
    products(&shop.dbs, &["A-1", "B-2"]).await;
    let update = Product::query().update().set(Product::PRICE, Product::PRICE + Product::PRICE);
    let gross = update.returning(Product::GROSS_PRICE).all(&shop.dbs).await.unwrap();
    assert_eq!(gross, [Some(ormgen_runtime::types::Decimal::new(2420, 2)); 2]);
}
