//! Rows that a change returns are inserted by the same statement: moved, noted, or inserted with what belongs to them.

use ormgen_runtime::{
    Error,
    functions::{concat, excluded, sql},
    prelude::*,
};
use ormgen_tests::{
    generated::shop::{
        crm::{Address, Customer},
        orders::{Category, Item, NewCategory, Order, Product, Tag},
    },
    shop::{customer, order, products},
};

use crate::customers;

#[tokio::test]
async fn deleted_rows_are_moved() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    products(dbs, &["A-1", "B-2", "C-3"]).await;
    order(dbs, 1, &["A-1"]).await;
    // The condition reads a table along a relation, and there is a fragment in what is returned.
    let unsold = || {
        let never = Product::query().filter(Product::CATEGORY.column(Category::NAME).eq("Tools"));
        never.filter(Product::ITEMS.is_empty()).delete()
    };
    let shouted =
        || sql("upper(").column(Product::SKU).text(")").expression::<String, ormgen_runtime::NotNull>();
    let moved = Tag::insert_from(Tag::NAME, unsold().returning(shouted()));
    assert_eq!(
        moved.sql(),
        "WITH _rows1 AS (DELETE FROM public.products AS _0 USING public.categories AS _1 \
         WHERE _1.id = _0.category_id AND ((_1.name = $1) AND NOT EXISTS (SELECT 1 FROM public.items AS _2 \
         WHERE _2.sku = _0.sku)) RETURNING (upper(_0.sku))) INSERT INTO public.tags (name) SELECT * FROM _rows1"
    );
    let tags = moved.returning((Tag::ID, Tag::NAME)).all(dbs).await.unwrap();
    let mut names: Vec<_> = tags.iter().map(|(_, name)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["B-2", "C-3"]);
    assert_eq!(Product::query().count(dbs).await.unwrap(), 1);
    // All of it or nothing: the tag is there already.
    products_again(dbs).await;
    let again = Tag::insert_from(Tag::NAME, unsold().returning(Product::SKU));
    assert!(matches!(again.execute(dbs).await.unwrap_err(), Error::UniqueViolation(_)));
    assert_eq!(Product::query().count(dbs).await.unwrap(), 2);
    let skipped =
        Tag::insert_from(Tag::NAME, unsold().returning(Product::SKU)).on_any_conflict().do_nothing();
    assert_eq!(skipped.execute(dbs).await.unwrap(), 0);
    assert_eq!(Product::query().count(dbs).await.unwrap(), 1);
    // One row by its key, at most some rows, in a transaction that is undone.
    let undone = dbs.orders.transaction(async |tx| {
        let gone = Order::query().order_by(Order::ID.desc()).limit(1).delete();
        let body = Order::ID.cast_to::<String>();
        Item::query().delete().execute(tx).await?;
        assert_eq!(Tag::insert_from(Tag::NAME, gone.returning(body)).execute(tx).await?, 1);
        let one = Product::find("A-1").delete().returning(Product::NAME);
        assert_eq!(Tag::insert_from(Tag::NAME, one).all(tx).await?[0].name, "Product A-1");
        Customer::find(-1).one(dbs).await
    });
    assert!(undone.await.is_err());
    assert_eq!((Order::query().count(dbs).await.unwrap(), Tag::query().count(dbs).await.unwrap()), (1, 2));
}

/// The rows of a query answer conflicts as those of a program do; here the query reads the table that it fills.
#[tokio::test]
async fn rows_of_a_query_are_inserted_or_updated() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let columns = (Customer::NAME, Customer::EMAIL, Customer::VISITS);
    let more = Customer::query().select((Customer::NAME, Customer::EMAIL, Customer::VISITS + 1));
    let insert = || Customer::insert_from(columns, more.clone());
    let error = insert().execute(dbs).await.unwrap_err();
    assert!(matches!(error, Error::UniqueViolation(_)), "{error}");
    assert_eq!(insert().on_conflict(Customer::EMAIL).do_nothing().execute(dbs).await.unwrap(), 0);
    let added = insert()
        .on_conflict(Customer::EMAIL)
        .do_update_set(Customer::VISITS, Customer::VISITS + excluded(Customer::VISITS))
        .filter(Customer::VISITS.gt(0));
    let mut added = added.returning((Customer::NAME, Customer::VISITS)).all(dbs).await.unwrap();
    added.sort_unstable();
    let expected = [("Ada", 25), ("Cy", 7), ("Dee", 7), ("Eve", 15)];
    assert_eq!(added, expected.map(|(name, visits)| (name.to_owned(), visits)));
    assert_eq!(insert().on_conflict(Customer::EMAIL).do_update_all().execute(dbs).await.unwrap(), 5);
    let visits = Customer::query().order_by(Customer::NAME).select(Customer::VISITS).all(dbs).await.unwrap();
    assert_eq!(visits, [26, 1, 8, 8, 16]);
}

async fn products_again(dbs: &ormgen_tests::generated::shop::Databases) {
    let tools = Category::query().filter(Category::NAME.eq("Tools")).one(dbs).await.unwrap();
    let product = ormgen_tests::generated::shop::orders::NewProduct {
        sku: "B-2".into(),
        category_id: tools.id,
        name: "Product B-2".into(),
        price: 10.into(),
        weight: None,
    };
    Product::insert(product).execute(dbs).await.unwrap();
}

#[tokio::test]
async fn changed_and_inserted_rows_give_rows_of_other_tables() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    // As they are after the update.
    let category = NewCategory { parent_id: None, name: "Tools".into() };
    Category::insert(category).execute(dbs).await.unwrap();
    let renamed = Category::query().update().set(Category::NAME, concat(Category::NAME, "!"));
    let noted = Tag::insert_from(Tag::NAME, renamed.returning(Category::NAME)).all(dbs).await.unwrap();
    assert_eq!(noted[0].name, "Tools!");
    // A row together with one that belongs to it: the key is the one that the database gives.
    let columns = (Address::CUSTOMER_ID, Address::STREET, Address::POSTCODE, Address::CITY);
    let zoe = Customer::insert(customer("Zoe"));
    let zoe = zoe.returning((Customer::ID, Customer::NAME, Customer::NAME, concat(Customer::NAME, "town")));
    let address = Address::insert_from(columns, zoe).all(dbs).await.unwrap();
    assert_eq!((address[0].customer_id, address[0].city.as_str()), (6, "Zoetown"));
    // In a task, with values that the statement owns; nothing to insert is no error.
    let (dbs, name) = (dbs.clone(), String::from("Nobody"));
    let task = tokio::spawn(async move {
        let gone = Customer::query().filter(Customer::NAME.eq(&name)).delete();
        let gone = gone.returning((Customer::ID, Customer::NAME, Customer::NAME, Customer::NAME));
        Address::insert_from(columns, gone).execute(&dbs).await
    });
    assert_eq!(task.await.unwrap().unwrap(), 0);
}
