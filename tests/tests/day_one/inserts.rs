//! Inserts of one row and of many take the same things, and count.

use ormgen_runtime::{Error, functions::excluded, prelude::*, types::NaiveDate};
use ormgen_tests::generated::shop::{
    crm::{Address, AddressKind, Customer, NewAddress, NewCustomer, Tier},
    orders::{Category, NewCategory, NewTag, Tag},
};

use crate::support::{Shop, customer, customers};

#[tokio::test]
async fn an_insert_counts_as_any_write_does() {
    let shop = Shop::open().await;
    let stored: u64 = Customer::insert(customer("Ada")).execute(&shop.dbs).await.unwrap();
    assert_eq!(stored, 1);
    let stored: u64 = Customer::insert_many(customers(3)).execute(&shop.dbs).await.unwrap();
    assert_eq!(stored, 3);
}

#[tokio::test]
async fn all_rows_are_given_a_column_with_a_default() {
    let shop = Shop::open().await;
    // As one array a column, as lists (an array is given), and as defaults alone.
    let gold = Customer::insert_many(customers(3)).set(Customer::TIER, Tier::Gold).set(Customer::VISITS, 7);
    assert_eq!(gold.execute(&shop.dbs).await.unwrap(), 3);
    let tagged = customers(6).into_iter().skip(3).map(|row| row.set(Customer::TAGS, vec!["a".to_owned()]));
    let tagged = Customer::insert_many(tagged).set(Customer::VISITS, 7).all(&shop.dbs).await.unwrap();
    assert!(tagged.iter().all(|row| row.tags == ["a"] && row.visits == 7 && row.tier == Tier::Bronze));
    let all = Customer::query().order_by(Customer::ID.asc()).all(&shop.dbs).await.unwrap();
    assert_eq!(all.iter().map(|row| row.visits).collect::<Vec<_>>(), [7; 6]);
    assert_eq!(all.iter().filter(|row| row.tier == Tier::Gold).count(), 3);

    // Thousands, which would go by COPY otherwise.
    let many = customers(3006).into_iter().skip(6);
    let many = Customer::insert_many(many).set(Customer::TIER, Tier::Silver).execute(&shop.dbs).await;
    assert_eq!(many.unwrap(), 3000);
    let silver = Customer::query().filter(Customer::TIER.eq(Tier::Silver)).count(&shop.dbs).await;
    assert_eq!(silver.unwrap(), 3000);
}

#[tokio::test]
async fn each_row_gives_what_it_has() {
    let shop = Shop::open().await;
    let rows = vec![
        customer("Ada").set(Customer::TIER, Tier::Gold).set(Customer::VISITS, 1),
        customer("Bob").into(),
        customer("Eve").set_some(Customer::VISITS, Some(3)).set_some(Customer::TIER, None::<Tier>),
        // A column that the row has anyway.
        customer("Ian").set(Customer::NAME, "Jan"),
    ];
    let stored = Customer::insert_many(rows).all(&shop.dbs).await.unwrap();
    let seen: Vec<_> = stored.iter().map(|row| (row.name.as_str(), row.tier, row.visits)).collect();
    assert_eq!(
        seen,
        [
            ("Ada", Tier::Gold, 1),
            ("Bob", Tier::Bronze, 0),
            ("Eve", Tier::Bronze, 3),
            ("Jan", Tier::Bronze, 0)
        ]
    );

    // One row takes the same.
    let new = customer("Kim").set(Customer::TIER, Tier::Silver);
    let kim = Customer::insert(new).set(Customer::VISITS, 2).one(&shop.dbs).await.unwrap();
    assert_eq!((kim.tier, kim.visits), (Tier::Silver, 2));

    // More values than one statement can have.
    let rows = customers(20_000).into_iter().zip(0..).map(|(row, n)| {
        row.set_some(Customer::VISITS, (n % 2 == 0).then_some(n))
            .set_some(Customer::TAGS, (n % 3 == 0).then(Vec::new))
    });
    assert_eq!(Customer::insert_many(rows).execute(&shop.dbs).await.unwrap(), 20_000);
    let odd = Customer::query().filter(Customer::VISITS.eq(0)).count(&shop.dbs).await.unwrap();
    assert_eq!(odd, 10_001 + 2);
}

#[tokio::test]
async fn rows_that_are_defaults_alone() {
    let shop = Shop::open().await;
    let tags = ["a", "b"].map(|name| NewTag { name: name.into() });
    assert_eq!(Tag::insert_many(tags).execute(&shop.dbs).await.unwrap(), 2);
    let none = Vec::<NewTag>::new();
    assert_eq!(Tag::insert_many(none).set(Tag::NAME, "c").execute(&shop.dbs).await.unwrap(), 0);
    // What all are given takes the place of what each gives.
    let rows = ["x", "y"].map(|name| NewCategory { parent_id: None, name: name.into() });
    let rows = Category::insert_many(rows).set(Category::POSITION, 4).all(&shop.dbs).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| (row.name.as_str(), row.position)).collect::<Vec<_>>(),
        [("x", 4), ("y", 4)]
    );
}

#[tokio::test]
async fn upserts_of_rows_that_give_more() {
    let shop = Shop::open().await;
    let ada = Customer::insert(customer("Ada")).one(&shop.dbs).await.unwrap();
    // Without a word about the conflict's columns: all that the insert gives is updated.
    let new = customer("Ada").set(Customer::VISITS, 5);
    let (updated, is_new) =
        Customer::insert(new).on_conflict(Customer::EMAIL).update_or_insert(&shop.dbs).await.unwrap();
    assert_eq!((updated.id, updated.visits, is_new), (ada.id, 5, false));
    let (bob, is_new) = Customer::insert(customer("Bob"))
        .on_conflict(Customer::EMAIL)
        .update_or_insert(&shop.dbs)
        .await
        .unwrap();
    assert_eq!((bob.name.as_str(), is_new), ("Bob", true));

    // A column that only some rows give is not overwritten by its default.
    let address = |customer_id, city: &str| NewAddress {
        customer_id,
        street: "Main Street".into(),
        postcode: "1".into(),
        city: city.into(),
    };
    let rows = vec![
        address(ada.id, "Delft").set(Address::KIND, AddressKind::Work).set(Address::COUNTRY, "BE"),
        address(bob.id, "Gent").set(Address::KIND, AddressKind::Work),
    ];
    Address::insert_many(rows).execute(&shop.dbs).await.unwrap();
    let rows = vec![
        address(ada.id, "Breda").set(Address::KIND, AddressKind::Work),
        address(bob.id, "Gent").set(Address::KIND, AddressKind::Work).set(Address::COUNTRY, "BE"),
    ];
    let key = (Address::CUSTOMER_ID, Address::KIND);
    let changed =
        Address::insert_many(rows).on_conflict(key).do_update_all().execute(&shop.dbs).await.unwrap();
    assert_eq!(changed, 2);
    let all = Address::query().order_by(Address::ID.asc()).all(&shop.dbs).await.unwrap();
    let seen: Vec<_> = all.iter().map(|row| (row.city.as_str(), row.country.as_str())).collect();
    assert_eq!(seen, [("Breda", "BE"), ("Gent", "NL")]);

    // For all rows, with an expression about the row that is there.
    let visits = Customer::insert_many([customer("Ada"), customer("Bob")]).set(Customer::VISITS, 2);
    let visits = visits
        .on_conflict(Customer::EMAIL)
        .do_update_set(Customer::VISITS, Customer::VISITS + excluded(Customer::VISITS))
        .all(&shop.dbs)
        .await
        .unwrap();
    assert_eq!(visits.iter().map(|row| row.visits).collect::<Vec<_>>(), [7, 2]);
}

#[tokio::test]
async fn what_the_server_refuses_is_told() {
    let shop = Shop::open().await;
    let refused = Customer::insert_many(customers(2)).set(Customer::VISITS, -1).execute(&shop.dbs).await;
    assert!(matches!(refused, Err(Error::CheckViolation(_))));
}

/// A column that may be NULL is set to `NULL`, or to an option.
#[tokio::test]
async fn null_is_a_value_to_store() {
    let shop = Shop::open().await;
    let born_on = NaiveDate::from_ymd_opt(1815, 12, 10);
    let new = NewCustomer { born_on, ..customer("Ada") };
    let ada = Customer::insert(new).one(&shop.dbs).await.unwrap();
    assert_eq!(ada.born_on, born_on);
    let forget =
        async |id| Customer::find(id).update().set(Customer::BORN_ON, NULL).one(&shop.dbs).await.unwrap();
    assert_eq!(forget(ada.id).await.born_on, None);
    let ada = ada.update().set(Customer::BORN_ON, born_on).one(&shop.dbs).await.unwrap();
    assert_eq!(ada.born_on, born_on);
    let bob =
        Customer::insert(customer("Bob")).set(Customer::REFERRER_ID, NULL).one(&shop.dbs).await.unwrap();
    assert_eq!(bob.referrer_id, None);
}
