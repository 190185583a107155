//! Relations: filtered over, loaded, changed.

#![allow(clippy::type_complexity, reason = "the types show what is loaded")]

use ormgen_runtime::{Result, prelude::*, relation::Relinked};
use ormgen_tests::generated::shop::{
    crm::{Address, AddressKind, Customer, LoyaltyCard, NewAddress},
    orders::{Category, Invoice, Item, Order, OrderStatus, Product, Tag},
};

use super::{dbs, letters, notes, sorted};

fn skus<'p>(products: impl IntoIterator<Item = &'p Product>) -> Vec<&'p str> {
    products.into_iter().map(|product| &*product.sku).collect()
}

#[tokio::test]
async fn filters_reach_over_relations() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let tools =
        Product::query().filter(Product::CATEGORY.column(Category::NAME).eq("Tools")).all(&dbs).await?;
    assert_eq!(skus(&tools), ["A-1", "C-3"]);
    let deep = Product::CATEGORY.column(Category::PARENT.column(Category::NAME));
    let below = Product::query().filter(deep.eq("Tools")).all(&dbs).await?;
    assert_eq!(skus(&below), ["B-2"]);
    let saws = Order::query().filter(Order::ITEMS.any(Item::SKU.eq("B-2"))).order_by(Order::ID.asc());
    assert_eq!(notes(&saws.all(&dbs).await?), "ab");
    let no_saws = Order::query().filter(Order::ITEMS.none(Item::SKU.eq("B-2"))).order_by(Order::ID.asc());
    assert_eq!(notes(&no_saws.all(&dbs).await?), "cd");
    let by_name = Order::ITEMS.any(Item::PRODUCT.column(Product::NAME).starts_with("Ha"));
    assert_eq!(notes(&Order::query().filter(by_name).all(&dbs).await?), "a");
    let on_sale =
        Product::query().filter(Product::TAGS.any(Tag::NAME.eq("sale"))).order_by(Product::SKU.asc());
    assert_eq!(skus(&on_sale.all(&dbs).await?), ["A-1", "B-2"]);
    let bare = Product::query().filter(Product::TAGS.is_empty()).all(&dbs).await?;
    assert_eq!(skus(&bare), ["C-3"]);
    let invoiced = Order::query().filter(Order::INVOICE.exists()).all(&dbs).await?;
    assert_eq!(notes(&invoiced), "b");
    let brought = Customer::query().filter(Customer::REFERRER.column(Customer::NAME).eq("Ada Lovelace"));
    assert_eq!(sorted(&letters(&brought.all(&dbs).await?)), "bc");
    Ok(())
}

#[tokio::test]
async fn related_rows_are_loaded() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let by_id = || Order::query().order_by(Order::ID.asc());
    let joined: Vec<(Item, Product)> = Item::query().join(Item::PRODUCT).all(&dbs).await?;
    assert!(joined.len() == 4 && joined.iter().all(|(item, product)| item.sku == product.sku));
    let left: Vec<(Order, Option<Invoice>)> = by_id().left_join(Order::INVOICE).all(&dbs).await?;
    assert_eq!(
        left.iter().map(|(_, invoice)| invoice.is_some()).collect::<Vec<_>>(),
        [false, true, false, false]
    );

    let orders: Vec<(Order, Vec<Item>)> = by_id().with(Order::ITEMS).all(&dbs).await?;
    assert_eq!(orders.iter().map(|(_, items)| items.len()).collect::<Vec<_>>(), [2, 1, 0, 1]);
    let orders: Vec<(Order, Vec<(Item, (Product, Category))>)> =
        by_id().with(Order::ITEMS.with(Item::PRODUCT.with(Product::CATEGORY))).all(&dbs).await?;
    assert_eq!(orders[3].1[0].1.1.name, "Tools");
    let orders: Vec<(Order, Vec<Item>, Option<Invoice>)> =
        by_id().with(Order::ITEMS).with(Order::INVOICE).all(&dbs).await?;
    assert_eq!((orders[1].1.len(), orders[1].2.as_ref().map(|invoice| invoice.created_by)), (1, Some(1)));
    let orders: Vec<(Order, Vec<Item>)> = by_id()
        .with(Order::ITEMS.filter(Item::QUANTITY.gt(1)).order_by(Item::LINE_NO.asc()))
        .all(&dbs)
        .await?;
    assert_eq!(orders.iter().map(|(_, items)| items.len()).collect::<Vec<_>>(), [1, 1, 0, 1]);
    let dearest = Order::ITEMS.order_by(Item::PRICE.desc()).limit(1);
    let orders = by_id().with(dearest).all(&dbs).await?;
    assert_eq!(orders[0].1[0].sku, "B-2");
    let products: Vec<(Product, Vec<Tag>)> =
        Product::query().order_by(Product::SKU.asc()).with(Product::TAGS).all(&dbs).await?;
    assert_eq!(products.iter().map(|(_, tags)| tags.len()).collect::<Vec<_>>(), [2, 1, 0]);
    let customers: Vec<(Customer, Option<LoyaltyCard>)> =
        Customer::query().order_by(Customer::ID.asc()).with(Customer::LOYALTY_CARD).all(&dbs).await?;
    assert_eq!(customers[0].1.as_ref().map(|card| card.points), Some(100));
    assert_eq!(customers[1].1, None);

    // Of rows that are there already.
    let orders = by_id().all(&dbs).await?;
    let items: Vec<Vec<Item>> = Order::ITEMS.load(&orders, &dbs).await?;
    assert_eq!(items.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 0, 1]);
    // Over the border: from the other database, with one statement.
    let customers: Vec<(Order, Option<Customer>)> = by_id().with(Order::CUSTOMER).all(&dbs).await?;
    let seen: Vec<_> = customers.iter().map(|(_, customer)| letters(customer)).collect();
    assert_eq!(seen, ["a", "a", "b", ""]);
    Ok(())
}

#[tokio::test]
async fn the_rows_of_one_row() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let order = Order::find(1).one(&dbs).await?;
    let items = Order::ITEMS.of(&order).all(&dbs).await?;
    assert_eq!(items.len(), 2);
    let dear = Order::ITEMS.of(&order).filter(Item::PRICE.gt(15)).all(&dbs).await?;
    assert_eq!(dear[0].sku, "B-2");
    let first = Order::ITEMS.of(&order).order_by(Item::LINE_NO.asc()).limit(1).all(&dbs).await?;
    assert_eq!(first[0].sku, "A-1");
    assert_eq!(Order::ITEMS.of(&order).count(&dbs).await?, 2);
    let product = Item::PRODUCT.of(&items[0]).one(&dbs).await?;
    assert_eq!(product.sku, items[0].sku);
    assert_eq!(Order::INVOICE.of(&order).optional(&dbs).await?, None);
    assert_eq!(letters(&Order::CUSTOMER.of(&order).optional(&dbs).await?), "a");
    let ada = Customer::find(1).one(&dbs).await?;
    let theirs = Customer::ORDERS.of(&ada).filter(Order::STATUS.eq(OrderStatus::Paid)).all(&dbs).await?;
    assert_eq!(notes(&theirs), "b");

    let eve = Customer::find(5).one(&dbs).await?;
    let home = NewAddress {
        customer_id: eve.id,
        street: "Main Street 5".into(),
        postcode: "1237".into(),
        city: "Delft".into(),
    };
    Address::insert(home).set(Address::KIND, AddressKind::Home).one(&dbs).await?;
    assert_eq!(Customer::ADDRESSES.of(&eve).one(&dbs).await?.city, "Delft");
    let moved = Customer::ADDRESSES.of(&ada).update().set(Address::CITY, "Delft").execute(&dbs).await?;
    assert_eq!(moved, 2);
    Ok(())
}

#[tokio::test]
async fn many_to_many() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let nail = Product::find("C-3").one(&dbs).await?;
    let names = async || -> Result<Vec<String>> {
        let tags = Product::TAGS.of(&nail).query().order_by(Tag::NAME.asc()).all(&dbs).await?;
        Ok(tags.into_iter().map(|tag| tag.name).collect())
    };
    let added = Product::TAGS.of(&nail).add([1, 2]).execute(&dbs).await?;
    assert_eq!(
        (added, names().await?),
        (Relinked { added: 2, removed: 0 }, vec!["new".into(), "sale".into()])
    );
    let removed = Product::TAGS.of(&nail).remove([2]).execute(&dbs).await?;
    assert_eq!((removed, names().await?), (Relinked { added: 0, removed: 1 }, vec!["sale".into()]));
    let set = Product::TAGS.of(&nail).set([2, 3]).execute(&dbs).await?;
    assert_eq!((set, names().await?), (Relinked { added: 2, removed: 1 }, vec!["new".into(), "old".into()]));
    let new = Product::TAGS.of(&nail).query().filter(Tag::NAME.eq("new")).exists(&dbs).await?;
    assert!(new);
    let cleared = Product::TAGS.of(&nail).clear().execute(&dbs).await?;
    assert_eq!((cleared, names().await?), (Relinked { added: 0, removed: 2 }, vec![]));
    let sale = Tag::find(1).one(&dbs).await?;
    let on_sale = Tag::PRODUCTS.of(&sale).query().order_by(Product::SKU.asc()).all(&dbs).await?;
    assert_eq!(skus(&on_sale), ["A-1", "B-2"]);
    Ok(())
}
