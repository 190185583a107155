//! `INSERT … ON CONFLICT`, for one row and for many.

use ormgen_runtime::{Error, functions::excluded, prelude::*};
use ormgen_tests::generated::shop::{
    crm::{Address, AddressKind, Customer, NewAddress, NewCustomer},
    orders::{Category, NewCategory, NewProduct, NewTag, Product, Tag},
};

use crate::support::{Shop, customer, customers, names, products};

fn renamed(name: &str) -> NewCustomer {
    NewCustomer { name: name.into(), ..customer("Ada") }
}

async fn with_ada() -> Shop {
    let shop = Shop::open().await;
    Customer::insert(customer("Ada")).set(Customer::VISITS, 5).execute(&shop.dbs).await.unwrap();
    shop
}

#[tokio::test]
async fn do_nothing_leaves_the_row_alone() {
    let shop = with_ada().await;
    let dbs = &shop.dbs;
    let insert = |name: &str| Customer::insert(renamed(name));
    assert_eq!(insert("A").on_conflict(Customer::EMAIL).do_nothing().optional(dbs).await.unwrap(), None);
    assert!(!insert("B").on_any_conflict().do_nothing().execute(dbs).await.unwrap());
    let named = insert("C").on_constraint("customers_email_key").do_nothing();
    assert!(!named.execute(dbs).await.unwrap());
    assert_eq!(names(dbs).await, ["Ada"]);

    let bob = Customer::insert(customer("Bob")).set(Customer::VISITS, 3).on_conflict(Customer::EMAIL);
    let bob = bob.do_nothing().optional(dbs).await.unwrap().unwrap();
    assert_eq!((bob.name.as_str(), bob.visits), ("Bob", 3));
    assert!(Customer::insert(customer("Cy")).on_any_conflict().do_nothing().execute(dbs).await.unwrap());

    // Another constraint than the one that is minded still refuses.
    let error = insert("D").on_conflict(Customer::ID).do_nothing().execute(dbs).await.unwrap_err();
    assert!(matches!(error, Error::UniqueViolation(_)), "{error}");
    let error = insert("E").on_conflict(Customer::NAME).do_nothing().execute(dbs).await.unwrap_err();
    assert!(matches!(error, Error::InvalidQuery { .. }), "{error}");
    assert!(error.to_string().contains("not those of a unique index"), "{error}");
}

#[tokio::test]
async fn columns_are_overwritten() {
    let shop = with_ada().await;
    let dbs = &shop.dbs;
    let insert = |name: &str| Customer::insert(renamed(name));
    let one = insert("A").on_conflict(Customer::EMAIL).do_update(Customer::NAME).one(dbs).await.unwrap();
    assert_eq!((one.id, one.name.as_str(), one.visits), (1, "A", 5));

    let two = insert("B").set(Customer::VISITS, 7).on_constraint("customers_email_key");
    let two = two.do_update((Customer::NAME, Customer::VISITS)).one(dbs).await.unwrap();
    assert_eq!((two.id, two.name.as_str(), two.visits), (1, "B", 7));

    // All that the insert gives: not the tier, which is left to its default.
    Customer::find(1).update().set(Customer::TAGS, vec!["x".to_owned()]).execute(dbs).await.unwrap();
    let all = insert("C").set(Customer::VISITS, 9).on_conflict(Customer::EMAIL).do_update_all();
    let all = all.one(dbs).await.unwrap();
    assert_eq!((all.name.as_str(), all.visits, all.tags.len()), ("C", 9, 1));

    let new = Customer::insert(customer("Bob")).on_conflict(Customer::EMAIL).do_update_all();
    assert_eq!(new.one(dbs).await.unwrap().name, "Bob");
}

#[tokio::test]
async fn expressions_over_both_rows() {
    let shop = with_ada().await;
    let dbs = &shop.dbs;
    let insert = || Customer::insert(renamed("New")).set(Customer::VISITS, 2);
    let sum = insert()
        .on_conflict(Customer::EMAIL)
        .do_update_set(Customer::VISITS, Customer::VISITS + excluded(Customer::VISITS))
        .set(Customer::EMAIL, excluded(Customer::EMAIL));
    let row = sum.one(dbs).await.unwrap();
    assert_eq!((row.name.as_str(), row.visits), ("Ada", 7));

    // A bare column is that of the row which is there, in conditions too.
    let update = |limit: i32| {
        insert()
            .on_conflict(Customer::EMAIL)
            .do_update(Customer::NAME)
            .set(Customer::VISITS, Customer::VISITS + 1)
            .filter(Customer::ACTIVE)
            .filter(Customer::VISITS.lt(limit).and(excluded(Customer::VISITS).eq(2)))
    };
    assert_eq!(update(7).optional(dbs).await.unwrap(), None);
    assert!(!update(7).execute(dbs).await.unwrap());
    assert!(matches!(update(7).one(dbs).await, Err(Error::NotFound { .. })));
    let row = update(8).optional(dbs).await.unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.visits), ("New", 8));
}

#[tokio::test]
async fn conflicts_over_expressions() {
    let shop = with_ada().await;
    shop.crm.batch("CREATE UNIQUE INDEX ON customers (lower(name)) WHERE visits >= 0").await;
    let dbs = &shop.dbs;
    let insert = |name: &str| {
        let new = NewCustomer { name: name.into(), ..customer("Bob") };
        Customer::insert(new).on_index("lower(name)").index_where("visits >= 0")
    };
    assert!(!insert("ADA").do_nothing().execute(dbs).await.unwrap());
    let ada = insert("ADA").do_update(Customer::NAME).one(dbs).await.unwrap();
    assert_eq!((ada.id, ada.name.as_str(), ada.visits), (1, "ADA", 5));
    assert!(insert("Bob").do_nothing().execute(dbs).await.unwrap());
    let many = Customer::insert_many([renamed("aDa"), customer("Cy")]).on_index("lower(name)");
    assert_eq!(many.index_where("visits >= 0").do_nothing().execute(dbs).await.unwrap(), 1);
    let other = Customer::insert(renamed("X")).on_index("upper(name)").do_nothing().execute(dbs).await;
    assert!(other.unwrap_err().to_string().contains("not those of a unique index"));
}

#[tokio::test]
async fn conflicts_over_several_columns() {
    let shop = with_ada().await;
    let address = |city: &str| NewAddress {
        customer_id: 1,
        street: "Main Street 1".into(),
        postcode: "1234 AB".into(),
        city: city.into(),
    };
    let upsert = |kind, city| {
        Address::insert(address(city))
            .set(Address::KIND, kind)
            .on_conflict((Address::CUSTOMER_ID, Address::KIND))
            .do_update((Address::STREET, Address::CITY))
    };
    for (kind, city, id) in [
        (AddressKind::Home, "Delft", 1),
        (AddressKind::Home, "Leiden", 1),
        (AddressKind::PickUpPoint, "Gouda", 3),
    ] {
        let stored = upsert(kind, city).one(&shop.dbs).await.unwrap();
        assert_eq!((stored.id, stored.kind, stored.city.as_str()), (id, kind, city));
    }
}

#[tokio::test]
async fn many_rows_at_once() {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    Customer::insert_many(customers(3)).execute(dbs).await.unwrap();
    let nothing = || Customer::insert_many(customers(5)).on_conflict(Customer::EMAIL).do_nothing();
    let stored = nothing().all(dbs).await.unwrap();
    assert_eq!(stored.iter().map(|row| &row.name[..]).collect::<Vec<_>>(), ["c3", "c4"]);
    assert_eq!(nothing().execute(dbs).await.unwrap(), 0);

    let mut rows = customers(6);
    rows.iter_mut().for_each(|row| row.name.push('!'));
    let upsert = Customer::insert_many(rows).on_constraint("customers_email_key");
    let upsert = upsert.do_update(Customer::NAME).set(Customer::VISITS, Customer::VISITS + 1);
    let mut all = upsert.all(dbs).await.unwrap();
    all.sort_by_key(|row| row.id);
    let all: Vec<_> = all.iter().map(|row| (&row.name[..], row.visits)).collect();
    assert_eq!(all, [("c0!", 1), ("c1!", 1), ("c2!", 1), ("c3!", 1), ("c4!", 1), ("c5!", 0)]);

    // One statement updates no row twice.
    let twice = Customer::insert_many([customer("Ada"), customer("Ada")]).on_conflict(Customer::EMAIL);
    let error = twice.do_update(Customer::NAME).execute(dbs).await.unwrap_err();
    assert!(error.to_string().contains("second time"), "{error}");
    let tags = ["a", "b", "a"].map(|name| NewTag { name: name.into() });
    assert_eq!(Tag::insert_many(tags).on_any_conflict().do_nothing().execute(dbs).await.unwrap(), 2);
}

#[tokio::test]
async fn a_partial_index_is_named_by_its_condition() {
    let shop = with_ada().await;
    shop.crm.batch("CREATE UNIQUE INDEX ON customers (name) WHERE active AND name <> 'none'").await;
    let insert = || Customer::insert(NewCustomer { name: "Ada".into(), ..customer("Other") });
    // More often than a prepared statement is planned anew.
    for _ in 0..8 {
        let upsert = insert().on_conflict(Customer::NAME).index_where("active AND name <> 'none'");
        assert!(!upsert.do_nothing().execute(&shop.dbs).await.unwrap());
        let get = insert().on_conflict(Customer::NAME).index_where("active AND name <> 'none'");
        let (ada, is_new) = get.get_or_insert(&shop.dbs).await.unwrap();
        assert_eq!((ada.id, is_new), (1, false));
    }
    Customer::query().update().set(Customer::ACTIVE, false).execute(&shop.dbs).await.unwrap();
    let get = insert().on_conflict(Customer::NAME).index_where("active AND name <> 'none'");
    assert!(get.get_or_insert(&shop.dbs).await.unwrap().1, "the one that is there is not active");
}

#[tokio::test]
async fn names_are_quoted_and_generated_columns_left_out() {
    let shop = with_ada().await;
    let evil = r#"a "b"; DROP TABLE customers; --"#;
    shop.crm
        .batch(r#"ALTER TABLE customers ADD CONSTRAINT "a ""b""; DROP TABLE customers; --" UNIQUE (email)"#)
        .await;
    let insert = Customer::insert(customer("Bob")).on_constraint(evil).do_update_all();
    assert_eq!(insert.one(&shop.dbs).await.unwrap().name, "Bob");
    let error = Customer::insert(customer("Bob")).on_constraint("no such").do_nothing();
    let error = error.execute(&shop.dbs).await.unwrap_err();
    assert!(matches!(error, Error::SchemaDrift { .. }), "{error}");

    products(&shop.dbs, &["A-1"]).await;
    let product = NewProduct {
        sku: "A-1".into(),
        category_id: 1,
        name: "Saw".into(),
        price: ormgen_runtime::types::Decimal::new(2000, 2),
        weight: None,
    };
    let product = Product::insert(product).on_conflict(Product::SKU).do_update_all();
    let product = product.one(&shop.dbs).await.unwrap();
    assert_eq!(product.gross_price, Some(ormgen_runtime::types::Decimal::new(2420, 2)));

    // NULLs that are alike conflict here: the index says so.
    let category = NewCategory { parent_id: None, name: "Tools".into() };
    let category = Category::insert(category).on_conflict((Category::PARENT_ID, Category::NAME));
    assert_eq!(category.do_nothing().optional(&shop.dbs).await.unwrap(), None);
}
