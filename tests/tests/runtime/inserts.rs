//! Inserts of one row: what is given, and what the database adds.

use ormgen_runtime::{config::ConnectionConfig, prelude::*, types};
use ormgen_tests::{
    generated::{
        shop::{
            crm::{Address, AddressKind, Customer, LoyaltyCard, NewAddress, NewLoyaltyCard, Tier},
            orders::{Category, NewCategory, NewOrder, NewProduct, Order, OrderStatus, Product},
        },
        strange, typed,
    },
    server::server,
};
use serde_json::json;

use crate::support::{Shop, customer};

fn day(year: i32, month: u32, day: u32) -> types::NaiveDate {
    types::NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

#[tokio::test]
async fn defaults_hold_for_what_is_left_out() {
    let shop = Shop::open().await;
    let ada = Customer::insert(customer("Ada")).one(&shop.dbs).await.unwrap();
    assert_eq!(ada.id, 1);
    assert_eq!((ada.email.as_str(), ada.name.as_str()), ("ada@example.org", "Ada"));
    assert_eq!((ada.tier, ada.active, ada.visits), (Tier::Bronze, true, 0));
    assert_eq!((ada.settings.clone(), ada.tags.len()), (json!({}), 0));
    assert_eq!((ada.referrer_id, ada.born_on), (None, None));
    assert_eq!(ada.created_at, ada.updated_at);
    // A generated column comes back as the server computed it.
    assert_eq!(ada.search.as_ref().map(ToString::to_string).as_deref(), Some("'ada':1"));
    assert_eq!(Customer::find(ada.id).one(&shop.dbs).await.unwrap(), ada);

    let card = NewLoyaltyCard { customer_id: ada.id, expires_on: day(2030, 12, 31) };
    let card = LoyaltyCard::insert(card).one(&shop.dbs).await.unwrap();
    assert!(!card.number.is_nil());
    assert_eq!((card.points, card.expires_on), (0, day(2030, 12, 31)));
}

#[tokio::test]
async fn defaulted_columns_can_be_set() {
    let shop = Shop::open().await;
    let bob = Customer::insert(customer("Bob"))
        .set(Customer::TIER, Tier::Gold)
        .set(Customer::ACTIVE, false)
        .set(Customer::VISITS, 3)
        .set(Customer::SETTINGS, json!({ "theme": "dark" }))
        .set(Customer::TAGS, vec!["a".to_owned(), "b, \"c\"".to_owned()])
        .one(&shop.dbs)
        .await
        .unwrap();
    assert_eq!((bob.tier, bob.active, bob.visits), (Tier::Gold, false, 3));
    assert_eq!(bob.settings, json!({ "theme": "dark" }));
    assert_eq!(bob.tags, ["a", "b, \"c\""]);

    // What is set wins over what the struct says, and the last over the first; a domain is cast either way.
    let eve = Customer::insert(customer("Nobody"))
        .set(Customer::NAME, "Somebody")
        .set(Customer::NAME, "Eve")
        .set(Customer::EMAIL, "eve@example.org")
        .set(Customer::REFERRER_ID, bob.id)
        .set(Customer::BORN_ON, None)
        .one(&shop.dbs)
        .await
        .unwrap();
    assert_eq!((eve.name.as_str(), eve.email.as_str(), eve.referrer_id), ("Eve", "eve@example.org", Some(1)));

    let placed = types::DateTime::parse_from_rfc3339("2024-02-29T12:30:00.123456Z").unwrap().to_utc();
    let order = Order::insert(NewOrder { customer_id: 7 })
        .set(Order::ID, 100)
        .set(Order::STATUS, OrderStatus::Paid)
        .set(Order::TOTAL, types::Decimal::new(1234, 2))
        .set(Order::PLACED_AT, placed)
        .one(&shop.dbs)
        .await
        .unwrap();
    assert_eq!((order.id, order.status, order.notes.as_str()), (100, OrderStatus::Paid, ""));
    assert_eq!((order.total, order.placed_at), (types::Decimal::new(1234, 2), placed));
}

#[tokio::test]
async fn domains_enums_and_generated_columns_come_back() {
    let shop = Shop::open().await;
    let root = NewCategory { parent_id: None, name: "Tools".into() };
    let root = Category::insert(root).one(&shop.dbs).await.unwrap();
    let saws = NewCategory { parent_id: Some(root.id), name: "Saws".into() };
    let saws = Category::insert(saws).set(Category::POSITION, 3).one(&shop.dbs).await.unwrap();
    assert_eq!((saws.parent_id, saws.position), (Some(root.id), 3));
    let saw = NewProduct {
        sku: "SAW-1".into(),
        category_id: saws.id,
        name: "Saw".into(),
        price: types::Decimal::new(1000, 2),
        weight: Some(0.5),
    };
    let saw = Product::insert(saw).one(&shop.dbs).await.unwrap();
    assert_eq!((saw.sku.as_str(), saw.weight), ("SAW-1", Some(0.5)));
    assert_eq!(saw.gross_price, Some(types::Decimal::new(1210, 2)));

    let ada = Customer::insert(customer("Ada")).one(&shop.dbs).await.unwrap();
    let address = NewAddress {
        customer_id: ada.id,
        street: "Main Street 1".into(),
        postcode: "1234 AB".into(),
        city: "Utrecht".into(),
    };
    let address =
        Address::insert(address).set(Address::KIND, AddressKind::PickUpPoint).one(&shop.dbs).await.unwrap();
    assert_eq!((address.kind, address.country.as_str()), (AddressKind::PickUpPoint, "NL"));
}

#[tokio::test]
async fn execute_stores_the_row_and_reads_nothing() {
    let shop = Shop::open().await;
    Customer::insert(customer("Ada")).execute(&shop.dbs).await.unwrap();
    Customer::insert(customer("Bob")).set(Customer::VISITS, 9).execute(&shop.dbs).await.unwrap();
    let visits = Customer::query().filter(Customer::NAME.eq("Bob")).one(&shop.dbs).await.unwrap().visits;
    assert_eq!((Customer::query().count(&shop.dbs).await.unwrap(), visits), (2, 9));
}

#[tokio::test]
async fn a_row_may_consist_of_defaults() {
    let db = server(1).create_database("defaults").await;
    db.batch(r#"CREATE TABLE "default" (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)"#).await;
    let settings = vec![ConnectionConfig::new("adversarial", db.url())];
    let dbs = strange::Databases::lazy(settings).unwrap();
    use strange::adversarial::{DefaultRow, NewDefaultRow};
    DefaultRow::insert(NewDefaultRow {}).one(&dbs).await.unwrap();
    DefaultRow::insert(NewDefaultRow {}).execute(&dbs).await.unwrap();
    assert_eq!(DefaultRow::insert_many(Vec::<NewDefaultRow>::new()).execute(&dbs).await.unwrap(), 0);
    let rows = (0..1000).map(|_| NewDefaultRow {});
    assert_eq!(DefaultRow::insert_many(rows).all(&dbs).await.unwrap().len(), 1000);
    assert_eq!(DefaultRow::query().count(&dbs).await.unwrap(), 1002);
}

#[tokio::test]
async fn a_table_may_have_no_columns() {
    let db = server(1).create_database("nothing").await;
    db.batch("CREATE TABLE nothing ()").await;
    let dbs = typed::Databases::lazy(vec![ConnectionConfig::new("every_type", db.url())]).unwrap();
    use typed::every_type::{NewNothing, Nothing};
    Nothing::insert(NewNothing {}).one(&dbs).await.unwrap();
    Nothing::insert(NewNothing {}).execute(&dbs).await.unwrap();
    assert_eq!(Nothing::insert_many([NewNothing {}, NewNothing {}]).all(&dbs).await.unwrap().len(), 2);
    assert_eq!(Nothing::query().all(&dbs).await.unwrap().len(), 4);
    assert_eq!(Nothing::query().delete().all(&dbs).await.unwrap().len(), 4);
}
