//! Updates and deletes.

use ormgen_runtime::{prelude::*, types::Decimal};
use ormgen_tests::generated::shop::{
    crm::{Customer, Tier},
    orders::{Item, Product},
};
use serde_json::json;

use crate::support::{Shop, customers, names, order, products};

async fn three() -> Shop {
    let shop = Shop::open().await;
    Customer::insert_many(customers(3)).execute(&shop.dbs).await.unwrap();
    shop
}

#[tokio::test]
async fn updates_by_filter() {
    let shop = three().await;
    let update = Customer::query().filter(Customer::NAME.ne("c1")).update();
    let update = update.set(Customer::VISITS, Customer::VISITS + 2).set(Customer::TIER, Tier::Gold);
    assert_eq!(update.execute(&shop.dbs).await.unwrap(), 2);
    let rows = Customer::query().order_by(Customer::ID.asc()).all(&shop.dbs).await.unwrap();
    let rows: Vec<_> = rows.iter().map(|row| (row.visits, row.tier)).collect();
    assert_eq!(rows, [(2, Tier::Gold), (0, Tier::Bronze), (2, Tier::Gold)]);

    // Without a filter, every row; with one that nothing fits, none.
    let all = Customer::query().update().set(Customer::VISITS, 7).execute(&shop.dbs).await.unwrap();
    let none = Customer::query().filter(Customer::ID.eq(0)).update().set(Customer::VISITS, 0);
    assert_eq!((all, none.execute(&shop.dbs).await.unwrap()), (3, 0));
}

#[tokio::test]
async fn updates_of_every_sort_of_column() {
    let shop = three().await;
    let updated = Customer::find(2)
        .update()
        .set(Customer::EMAIL, "new@example.org")
        .set(Customer::SETTINGS, json!([1]))
        .set(Customer::TAGS, vec!["a".to_owned()])
        .set(Customer::REFERRER_ID, Some(1))
        .set(Customer::VISITS, 1)
        .set(Customer::VISITS, Customer::VISITS * 10 + 5)
        .set(Customer::NAME, Customer::EMAIL)
        .all(&shop.dbs)
        .await
        .unwrap();
    let [updated] = &updated[..] else { panic!("one row") };
    assert_eq!((updated.email.as_str(), updated.name.as_str()), ("new@example.org", "c1@example.org"));
    assert_eq!((updated.referrer_id, updated.visits), (Some(1), 5));
    assert_eq!((&updated.settings, &updated.tags[..]), (&json!([1]), &["a".to_owned()][..]));
    assert_eq!(&Customer::find(2).one(&shop.dbs).await.unwrap(), updated);

    let update = || Customer::find(2).update();
    let null = update().set(Customer::REFERRER_ID, None).all(&shop.dbs).await.unwrap();
    assert_eq!(null[0].referrer_id, None);
    // A column that is never NULL fits one that may be.
    let own = update().set(Customer::REFERRER_ID, Customer::ID).all(&shop.dbs).await.unwrap();
    assert_eq!(own[0].referrer_id, Some(2));
}

#[tokio::test]
async fn nothing_set_is_nothing_done() {
    let shop = three().await;
    assert_eq!(Customer::query().update().execute(&shop.dbs).await.unwrap(), 3);
    let before = Customer::find(1).one(&shop.dbs).await.unwrap();
    assert_eq!(Customer::find(1).update().all(&shop.dbs).await.unwrap(), [before]);
}

#[tokio::test]
async fn changes_by_key() {
    let shop = three().await;
    products(&shop.dbs, &["A-1"]).await;
    let placed = order(&shop.dbs, 1, &["A-1", "A-1"]).await;
    let line = Item::find((placed.id, 2));
    let updated = line.update().set(Item::QUANTITY, Item::QUANTITY + 4).all(&shop.dbs).await.unwrap();
    assert_eq!((updated.len(), updated[0].line_no, updated[0].quantity), (1, 2, 5));
    let deleted = Item::find((placed.id, 1)).delete().all(&shop.dbs).await.unwrap();
    assert_eq!((deleted.len(), deleted[0].line_no), (1, 1));
    assert_eq!(Item::query().count(&shop.dbs).await.unwrap(), 1);

    let price = Product::find("A-1").update().set(Product::PRICE, Product::PRICE + Decimal::ONE);
    let price = price.all(&shop.dbs).await.unwrap().remove(0);
    assert_eq!((price.price, price.gross_price), (Decimal::new(11, 0), Some(Decimal::new(1331, 2))));

    assert_eq!(Customer::find(99).update().set(Customer::VISITS, 1).execute(&shop.dbs).await.unwrap(), 0);
    assert_eq!(Customer::find(99).delete().execute(&shop.dbs).await.unwrap(), 0);
}

#[tokio::test]
async fn deletes_by_filter() {
    let shop = three().await;
    let gone = Customer::query().filter(Customer::NAME.eq("c1")).delete().all(&shop.dbs).await.unwrap();
    assert_eq!((gone.len(), gone[0].name.as_str()), (1, "c1"));
    assert_eq!(names(&shop.dbs).await, ["c0", "c2"]);
    assert_eq!(Customer::query().delete().execute(&shop.dbs).await.unwrap(), 2);
    assert_eq!(Customer::query().delete().execute(&shop.dbs).await.unwrap(), 0);
}
