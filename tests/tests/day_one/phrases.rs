//! What a newcomer writes before reading a reference: each line compiles as it stands, and gives what it says.

use std::sync::Arc;

use ormgen_runtime::{
    Column, Error, Executor, Filter, Insertable, Model, Nullable, Result, Transaction,
    functions::{array_append, array_remove, nullif},
    prelude::*,
    query::{RowLock, Writable},
    types::{Decimal, Range},
};
use ormgen_tests::generated::shop::{
    Databases,
    crm::{Crm, Customer, NewCustomer},
    orders::{Category, Item, Order, Orders, Product, Tag},
};

use crate::{shop, support::customer};

#[tokio::test]
async fn related_rows_beside_any_query() -> Result<()> {
    let shop = shop().await;
    let dbs = &shop.dbs;
    let (product, category): (Product, Category) =
        Product::find("A-1").with(Product::CATEGORY).one(dbs).await?;
    assert_eq!(product.category_id, category.id);
    let page = Order::query().keyset(Order::ID).with(Order::ITEMS).limit(5).page(dbs).await?;
    assert_eq!(page.rows[0].1.len(), 2);
    let counted = Order::query().annotate(Order::ITEMS.count()).with(Order::ITEMS).all(dbs).await?;
    let ((_, items), count) = &counted[0];
    assert_eq!((items.len(), *count), (2, 2));
    let order = Order::find(1).one(dbs).await?;
    assert_eq!(Order::ITEMS.of(&order).all(dbs).await?.len(), 2);
    let tags: Vec<Tag> = Product::TAGS.of(&product).all(dbs).await?;
    assert!(tags.is_empty());
    Ok(())
}

#[tokio::test]
async fn texts_borrowed_and_owned() -> Result<()> {
    let shop = shop().await;
    let dbs = &shop.dbs;
    let (sku, skus) = ("A-1".to_owned(), vec!["A-1".to_owned(), "B-2".to_owned()]);
    let only = vec![sku.clone()];
    let filters = [
        Product::SKU.eq("A-1"),
        Product::SKU.eq(&sku),
        Product::SKU.eq(sku.as_str()),
        Product::SKU.eq(sku.clone()),
        Product::SKU.is_in(["A-1", "C-3"]),
        Product::SKU.is_in(&skus[..1]),
        Product::SKU.is_in(&only),
        Product::SKU.is_in(vec![sku.clone()]),
        Product::SKU.starts_with("A"),
        Product::SKU.starts_with(&sku),
    ];
    for filter in filters {
        assert_eq!(Product::query().filter(filter).one(dbs).await?.sku, "A-1");
    }
    let tagged = Customer::query().filter(Customer::TAGS.has_any(["x"]));
    assert_eq!(tagged.clone().count(dbs).await?, 0);
    // Arrays are stored as they are compared.
    Customer::query().update().set(Customer::TAGS, ["x", "y"]).execute(dbs).await?;
    assert_eq!(tagged.count(dbs).await?, 3);
    Customer::query().update().set(Customer::TAGS, &skus[..1]).execute(dbs).await?;
    assert_eq!(Customer::query().filter(Customer::TAGS.has(&sku)).count(dbs).await?, 3);
    assert_eq!(Product::find(&sku[..]).one(dbs).await?.sku, sku);
    Ok(())
}

#[tokio::test]
async fn steps_that_are_taken_or_not() -> Result<()> {
    async fn list(
        dbs: &impl Executor<Crm>,
        (name, limit, offset, newest): (Option<&str>, Option<u64>, Option<u64>, bool),
    ) -> Result<(Vec<Customer>, i64)> {
        let mut query = Customer::query().filter(name.map(|name| Customer::NAME.eq(name)));
        let total = query.clone().count(dbs).await?;
        if let Some(limit) = limit {
            query = query.limit(limit);
        }
        if let Some(offset) = offset {
            query = query.offset(offset);
        }
        if newest {
            query = query.order_by(Customer::ID.desc());
        }
        Ok((query.all(dbs).await?, total))
    }
    let shop = shop().await;
    let (rows, total) = list(&shop.dbs, (None, Some(2), Some(1), true)).await?;
    assert_eq!((rows.iter().map(|row| row.id).collect::<Vec<_>>(), total), (vec![2, 1], 3));
    let (rows, total) = list(&shop.dbs, (Some("c1"), None, None, false)).await?;
    assert_eq!((rows.len(), total), (1, 1));
    Ok(())
}

/// A function that locks says so by its argument; whether it does is a value.
async fn take(id: i64, is_taken: bool, tx: &Transaction<Orders>) -> Result<Order> {
    let mut query = Order::find(id).lock(None);
    if is_taken {
        query = query.for_update();
    }
    query.one(tx).await
}

#[tokio::test]
async fn locks_in_transactions_whose_result_has_no_type() -> Result<()> {
    let shop = shop().await;
    let dbs = shop.dbs.clone();
    let id = 1;
    let items = dbs
        .orders
        .transaction(async |tx| {
            let order = take(id, true, tx).await?;
            let order = Order::find(order.id).lock(RowLock::NoKeyUpdate).with(Order::ITEMS).one(tx).await?;
            Ok(order.1.len())
        })
        .await?;
    assert_eq!(items, 2);
    let spawned = tokio::spawn(async move {
        dbs.orders.transaction(async |tx| take(id, false, tx).await).await.map(|order| order.id)
    });
    assert_eq!(spawned.await.unwrap()?, 1);
    Ok(())
}

#[tokio::test]
async fn executors_behind_pointers() -> Result<()> {
    let shop = shop().await;
    let dbs = Arc::new(shop.dbs.clone());
    assert_eq!(Customer::query().count(&dbs).await?, 3);
    let dynamic: &dyn Executor<Crm> = &*dbs;
    assert_eq!(Customer::query().count(dynamic).await?, 3);
    Ok(())
}

#[tokio::test]
async fn an_upsert_without_an_action() -> Result<()> {
    let shop = shop().await;
    let mut new = customer("c1");
    new.name = "Ada".into();
    let (row, is_new) =
        Customer::insert(new).on_conflict(Customer::EMAIL).update_or_insert(&shop.dbs).await?;
    assert_eq!((row.name.as_str(), is_new), ("Ada", false));
    let inserted: u64 = Customer::insert(customer("Eve")).execute(&shop.dbs).await?;
    assert_eq!(inserted, 1);
    let missing = Item::find((1, 9)).one(&shop.dbs).await;
    assert!(matches!(missing, Err(Error::NotFound { model: "Item", .. })));
    Ok(())
}

/// What a caller keeps is borrowed: keys, rows to insert, lists of both.
async fn borrowed(id: &i64, ids: &[i64], new: &NewCustomer, db: impl Writer<Crm>) -> Result<usize> {
    let one = Customer::find(id).one(&db).await?;
    assert_eq!(one.id, *id);
    let stored = Customer::insert(new).one(&db).await?;
    let more = vec![customer("Kim"), customer("Lou")];
    assert_eq!(Customer::insert_many(&more).execute(&db).await?, 2);
    assert_eq!((stored.email, more.len()), (new.email.clone(), 2));
    Ok(Customer::find_many(ids).all(&db).await?.len())
}

#[tokio::test]
async fn borrowed_keys_and_rows() -> Result<()> {
    let shop = shop().await;
    let (id, ids, new) = (1, vec![1, 2, 77], customer("Joy"));
    assert_eq!(borrowed(&id, &ids, &new, &shop.dbs).await?, 2);
    let dbs = shop.dbs.clone();
    let spawned = tokio::spawn(async move { Customer::find_many(&ids).count(&dbs).await });
    assert_eq!(spawned.await.unwrap()?, 2);
    Ok(())
}

#[tokio::test]
async fn conditions_joined_by_signs() -> Result<()> {
    let shop = shop().await;
    let first = || Customer::ID.eq(1);
    let named = || Customer::NAME.eq("c2");
    let count = async |filter| Customer::query().filter(filter).count(&shop.dbs).await;
    assert_eq!(count(first() & named()).await?, 0);
    assert_eq!(count(first() | named()).await?, 2);
    assert_eq!(count(!(first() | named()) & Customer::ID.gt(0)).await?, 1);
    assert_eq!(count(!Customer::ACTIVE).await?, 0);
    assert_eq!(count((!Customer::ACTIVE) | first()).await?, 1);
    assert_eq!(count(!Customer::REFERRER.column(Customer::ACTIVE) & first()).await?, 0);
    assert_eq!(count(Customer::ACTIVE & first()).await?, 1);
    assert_eq!(count(first() & Customer::ACTIVE).await?, 1);
    assert_eq!(count(Customer::ACTIVE & Customer::ACTIVE).await?, 3);
    assert_eq!(count(Customer::ACTIVE | !Customer::REFERRER.column(Customer::ACTIVE)).await?, 3);
    assert_eq!(count(Customer::REFERRER.column(Customer::ACTIVE) & Customer::ACTIVE | first()).await?, 1);
    Ok(())
}

#[tokio::test]
async fn whole_numbers_for_a_decimal() -> Result<()> {
    let shop = shop().await;
    let dbs = &shop.dbs;
    let dear = Product::query().filter(Product::PRICE.gt(0) & Product::PRICE.between(0, 1_000_000));
    let all = dear.count(dbs).await?;
    assert_eq!(all, 2);
    Product::find("A-1").update().set(Product::PRICE, 12).execute(dbs).await?;
    assert_eq!(Product::query().filter(Product::PRICE.is_in([12, 13])).count(dbs).await?, 1);
    assert_eq!(Product::query().filter(Product::PRICE.lt(-5)).count(dbs).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_row_that_must_be_there() -> Result<()> {
    let shop = shop().await;
    let dbs = &shop.dbs;
    let brought = || Customer::query().with(Customer::REFERRER.required());
    let error = brought().all(dbs).await;
    assert!(
        matches!(error, Err(Error::Dangling { column: "referrer_id", missing: 0, null: 3, .. })),
        "{error:?}"
    );
    assert!(error.unwrap_err().to_string().contains("of 3 rows is NULL, and a `Customer` is required"));
    Customer::query().update().set(Customer::REFERRER_ID, 1).execute(dbs).await?;
    let pairs: Vec<(Customer, Customer)> = brought().all(dbs).await?;
    assert!(pairs.iter().all(|(_, referrer)| referrer.id == 1));
    Ok(())
}

/// Rust's own ranges beside columns of ranges; their values are compared in the tests of every type.
#[test]
fn ranges_as_rust_writes_them() {
    const YEARS: Column<Customer, Range<i32>> = Column::new("years", "int4range");
    const PRICES: Column<Customer, Range<Decimal>, Nullable> = Column::new("prices", "numrange");
    let filters = [
        YEARS.overlaps(1800..1900),
        YEARS.eq(1800..=1900),
        YEARS.within(1800..),
        YEARS.covers(..1900),
        PRICES.overlaps(1..5),
    ];
    for filter in filters {
        assert!(Customer::query().filter(filter).sql().contains("$1"));
    }
    let _ = Customer::query().update().set(YEARS, 1800..1900).set(PRICES, Some(1..5));
}

#[tokio::test]
async fn own_sql_with_borrowed_values() -> Result<()> {
    async fn named(name: &str, cities: &[&str], dbs: &Databases) -> Result<i64> {
        Crm::sql("SELECT count(*) FROM customers WHERE name = $1 OR name = ANY($2)")
            .bind(name)
            .bind(cities)
            .one(dbs)
            .await
    }
    let shop = shop().await;
    let (name, dbs) = (String::from("c1"), shop.dbs.clone());
    assert_eq!(named(&name, &["nowhere"], &dbs).await?, 1);
    let spawned = tokio::spawn(async move {
        let mut sql = Crm::sql::<i64>("SELECT count(*) FROM customers WHERE name = $1").bind(&name);
        sql = sql.bind(name.len() as i32);
        sql.one(&dbs).await
    });
    // One value too many, which is the statement's mistake and not the compiler's.
    assert!(matches!(spawned.await.unwrap(), Err(Error::InvalidSql { .. })));
    Ok(())
}

#[tokio::test]
async fn a_change_that_nobody_came_before() -> Result<()> {
    let shop = shop().await;
    let dbs = &shop.dbs;
    let seen = Customer::find(1).one(dbs).await?;
    let visited = |visits: i32| Customer::find(1).filter(Customer::VISITS.eq(visits)).update();
    let stored = visited(seen.visits).set(Customer::VISITS, seen.visits + 1).optional(dbs).await?;
    assert_eq!(stored.map(|row| row.visits), Some(seen.visits + 1));
    let stored = visited(seen.visits).set(Customer::VISITS, seen.visits + 1).optional(dbs).await?;
    assert_eq!(stored, None, "somebody has changed the row");
    let late = seen.update().filter(Customer::VISITS.eq(seen.visits)).set(Customer::NAME, "late");
    assert_eq!(late.execute(dbs).await?, 0);
    assert!(matches!(visited(seen.visits).one(dbs).await, Err(Error::NotFound { .. })));
    assert_eq!(seen.delete().filter(Customer::VISITS.eq(seen.visits)).execute(dbs).await?, 0);
    // Read with a condition, over a relation too, and locked.
    assert_eq!(
        Customer::find(1).filter(Customer::ACTIVE).filter(None::<Filter<_>>).one(dbs).await?.name,
        seen.name
    );
    let of_another = Customer::find(1).filter(Customer::REFERRER.column(Customer::ACTIVE));
    assert_eq!(of_another.optional(dbs).await?, None);
    let of_first = || Item::query().filter(Item::ORDER.column(Order::CUSTOMER_ID).eq(1));
    let item = of_first().first(dbs).await?.expect("an item");
    let of =
        |customer: i64| Item::find(item.key()).filter(Item::ORDER.column(Order::CUSTOMER_ID).eq(customer));
    assert_eq!(of(1).one(dbs).await?, item);
    assert_eq!(of(2).optional(dbs).await?, None);
    let tx = dbs.orders.begin().await?;
    assert_eq!(of(1).for_update().one(&tx).await?, item);
    assert_eq!(of(2).delete().execute(&tx).await?, 0);
    assert_eq!(of(1).delete().execute(&tx).await?, 1);
    tx.rollback().await
}

#[tokio::test]
async fn any_new_row_of_a_database() -> Result<()> {
    async fn store<N>(new: N, dbs: &Databases) -> Result<N::Model>
    where
        N: Insertable<Model: Model<Db = Crm, Kind: Writable>>,
    {
        N::Model::insert(new).one(dbs).await
    }
    let shop = shop().await;
    assert_eq!(store(customer("Ada"), &shop.dbs).await?.name, "Ada");
    Ok(())
}

#[tokio::test]
async fn a_value_more_and_less_in_an_array() -> Result<()> {
    let shop = shop().await;
    let dbs = &shop.dbs;
    let (gold, early) = (String::from("gold"), "early");
    let one = || Customer::find(1).update();
    one().set(Customer::TAGS, [early, "late", early]).execute(dbs).await?;
    let tags = one().set(Customer::TAGS, array_append(Customer::TAGS, &gold)).one(dbs).await?.tags;
    assert_eq!(tags, [early, "late", early, "gold"]);
    let tags = one().set(Customer::TAGS, array_remove(Customer::TAGS, early)).one(dbs).await?.tags;
    assert_eq!(tags, ["late", "gold"]);
    let tags = one().set(Customer::TAGS, array_append(array_remove(Customer::TAGS, gold), Customer::NAME));
    assert_eq!(tags.one(dbs).await?.tags, ["late", "c0"]);
    // NULL counts as an array without values.
    let null = || nullif(Customer::TAGS, Customer::TAGS);
    let tags = one().set(Customer::TAGS, array_append(null(), "new")).one(dbs).await?.tags;
    assert_eq!(tags, ["new"]);
    let has = Customer::query().filter(array_append(Customer::TAGS, "x").has("x"));
    assert_eq!(has.count(dbs).await?, 3);
    Ok(())
}
