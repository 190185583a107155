//! Updates of many rows, each to what it says itself.

use ormgen_runtime::{Error, prelude::*};
use ormgen_tests::generated::shop::{
    crm::{ActiveCustomer, Customer, Tier},
    orders::{Item, Product},
};

use crate::support::{Shop, customers, order, products};

async fn with(count: usize) -> (Shop, Vec<Customer>) {
    let shop = Shop::open_with(|connection| connection.max_size(1)).await;
    let rows = Customer::insert_many(customers(count)).all(&shop.dbs).await.unwrap();
    (shop, rows)
}

async fn all(shop: &Shop) -> Vec<Customer> {
    Customer::query().order_by(Customer::ID.asc()).all(&shop.dbs).await.unwrap()
}

#[tokio::test]
async fn each_row_gets_its_own_values() {
    let (shop, mut rows) = with(2000).await;
    for row in &mut rows {
        row.name.push('!');
        row.visits = row.id as i32;
        row.tier = Tier::Silver;
        row.referrer_id = (row.id % 2 == 0).then_some(1);
        row.email = format!("{}@example.com", row.id);
    }
    // Not the tier: it is not named.
    let set = (Customer::NAME, Customer::VISITS, (Customer::EMAIL, Customer::REFERRER_ID));
    let update = Customer::update_many(&rows).set_columns(set);
    assert_eq!(update.execute(&shop.dbs).await.unwrap(), 2000);
    for (stored, row) in all(&shop).await.iter().zip(&rows) {
        assert_eq!((&stored.name, stored.visits, &stored.email), (&row.name, row.visits, &row.email));
        assert_eq!((stored.referrer_id, stored.tier), (row.referrer_id, Tier::Bronze));
    }

    let mut returned = Customer::update_many(rows).set_columns(Customer::TIER).all(&shop.dbs).await.unwrap();
    returned.sort_by_key(|row| row.id);
    assert_eq!(returned, all(&shop).await);
    assert!(returned.iter().all(|row| row.tier == Tier::Silver));
}

/// `UNNEST` would take their arrays apart.
#[tokio::test]
async fn columns_that_are_arrays() {
    let (shop, mut rows) = with(1500).await;
    for row in &mut rows {
        row.tags = (0..row.id % 3).map(|n| format!("t{n}")).collect();
        row.settings = serde_json::json!({ "id": row.id });
    }
    let update = Customer::update_many(&rows).set_columns((Customer::TAGS, Customer::SETTINGS));
    assert_eq!(update.execute(&shop.dbs).await.unwrap(), 1500);
    assert_eq!(all(&shop).await, rows);

    // All or none.
    rows[1499].visits = -1;
    rows.iter_mut().for_each(|row| row.tags.clear());
    let update = Customer::update_many(&rows).set_columns((Customer::TAGS, Customer::VISITS));
    let error = update.execute(&shop.dbs).await.unwrap_err();
    assert!(matches!(error, Error::CheckViolation(_)), "{error}");
    assert_eq!(all(&shop).await[1].tags, ["t0", "t1"]);
}

/// It is made of several statements, and ends no transaction that the program's own SQL has begun.
#[tokio::test]
async fn in_a_transaction_of_the_programs_own() {
    let (shop, mut rows) = with(3).await;
    let before = rows.clone();
    rows.iter_mut().for_each(|row| row.tags.push("new".into()));
    let own = shop.dbs.crm.connection().await.unwrap();
    own.batch("BEGIN").await.unwrap();
    let update = Customer::update_many(&rows).set_columns(Customer::TAGS);
    assert_eq!(update.execute(&own).await.unwrap(), 3);
    own.batch("ROLLBACK").await.unwrap();
    drop(own);
    assert_eq!(all(&shop).await, before);
}

#[tokio::test]
async fn keys_of_several_columns_and_domains() {
    let shop = Shop::open().await;
    products(&shop.dbs, &["A-1", "B-2"]).await;
    let placed = order(&shop.dbs, 1, &["A-1", "B-2", "A-1"]).await;
    let lines = Item::query().order_by(Item::LINE_NO.asc());
    let mut lines = lines.all(&shop.dbs).await.unwrap();
    for line in &mut lines {
        line.quantity = 10 + i32::from(line.line_no);
        line.sku = "B-2".into();
    }
    // A row that is not there is passed over.
    lines.push(Item { order_id: placed.id, line_no: 9, ..lines[0].clone() });
    let update = Item::update_many(&lines).set_columns((Item::QUANTITY, Item::SKU));
    assert_eq!(update.execute(&shop.dbs).await.unwrap(), 3);
    lines.pop();
    assert_eq!(Item::query().order_by(Item::LINE_NO.asc()).all(&shop.dbs).await.unwrap(), lines);

    let mut products = Product::query().all(&shop.dbs).await.unwrap();
    products.iter_mut().for_each(|product| product.name.push('!'));
    let update = Product::update_many(products).set_columns((Product::NAME, Product::SKU));
    let names = update.returning((Product::NAME, Product::GROSS_PRICE)).all(&shop.dbs).await.unwrap();
    assert!(names.iter().all(|(name, gross)| name.ends_with('!') && gross.is_some()), "{names:?}");
}

#[tokio::test]
async fn nothing_to_do_is_nothing_done() {
    let (shop, _) = with(2).await;
    let none: [Customer; 0] = [];
    let update = Customer::update_many(none).set_columns(Customer::NAME);
    assert!(update.all(&shop.dbs).await.unwrap().is_empty());
}

#[tokio::test]
async fn any_number_of_rows_is_one_statement() {
    let (shop, rows) = with(50).await;
    shop.crm
        .batch(
            "DROP VIEW active_customers;
             CREATE VIEW active_customers AS
             SELECT NULL::bigint AS id, statement AS name, NULL::email AS email, NULL::tier AS tier,
                    prepare_time AS created_at
             FROM pg_prepared_statements WHERE statement LIKE 'UPDATE%'",
        )
        .await;
    for count in [1, 2, 3, 50] {
        let update = Customer::update_many(&rows[..count]).set_columns((Customer::NAME, Customer::VISITS));
        assert_eq!(update.execute(&shop.dbs).await.unwrap(), count as u64);
    }
    let texts = ActiveCustomer::query().all(&shop.dbs).await.unwrap();
    let texts: Vec<_> = texts.into_iter().filter_map(|row| row.name).collect();
    assert_eq!(
        texts,
        ["UPDATE public.customers AS _0 SET name = excluded.name, visits = excluded.visits \
          FROM UNNEST($1::int8[], $2::text[], $3::int4[]) AS excluded (id, name, visits) \
          WHERE _0.id = excluded.id"]
    );
}
