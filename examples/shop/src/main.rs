//! A shop whose customers live in one database and whose orders live in another, on another server.
//!
//! Run it with `CRM_URL` and `ORDERS_URL`, after loading `schemas/shop/crm.sql` into the one and the migrations of
//! `schemas/shop/orders` into the other.

mod db;

use db::{
    Databases,
    crm::{Address, AddressKind, Customer, NewAddress, NewCustomer},
    orders::{
        Category, Item, NewCategory, NewItem, NewOrder, NewProduct, NewTag, Order, OrderStatus, Orders,
        Product, Tag,
    },
};
use ormgen_runtime::{
    Error, Isolation, Result, Retries, TransactionOptions,
    functions::{coalesce, sum},
    prelude::*,
    together,
    types::Decimal,
};

#[tokio::main]
async fn main() -> Result<()> {
    // One pool per connection of the manifest. `&dbs` runs every query on the database that its model lives in.
    let dbs = Databases::connect(concat!(env!("CARGO_MANIFEST_DIR"), "/manifest.yaml")).await?;
    dbs.verify().await?;

    fill_shelves(&dbs).await?;
    let ada = sign_up(&dbs, "Ada", "ada@example.org").await?;
    let bob = sign_up(&dbs, "Bob", "bob@example.org").await?;

    place_order(&dbs, &ada, &[("T-1", 2), ("T-2", 1)]).await?;
    place_order(&dbs, &bob, &[("T-2", 3)]).await?;
    let last = place_order(&dbs, &ada, &[("G-1", 1)]).await?;
    match place_order(&dbs, &bob, &[("X-9", 1)]).await {
        Err(Error::NotFound { model, .. }) => {
            println!("there is no such {}; nothing was stored", model.to_lowercase())
        }
        other => println!("that should have failed: {other:?}"),
    }
    pay(&dbs, last.id).await?;

    print_open_orders(&dbs).await?;
    print_best_customers(&dbs).await?;
    print_catalog(&dbs).await?;
    println!("{} orders of unknown customers", Order::CUSTOMER.orphans().count(&dbs).await?);

    dbs.close().await; // waits for what still runs
    Ok(())
}

/// Categories, products and tags, all or nothing.
async fn fill_shelves(dbs: &Databases) -> Result<()> {
    dbs.orders
        .transaction(async |tx| {
            let category = async |name: &str| {
                Category::insert(NewCategory { parent_id: None, name: name.into() }).one(tx).await
            };
            let (tools, garden) = (category("Tools").await?, category("Garden").await?);
            let product = |sku: &str, category: &Category, name: &str, cents: i64| NewProduct {
                sku: sku.into(),
                category_id: category.id,
                name: name.into(),
                price: Decimal::new(cents, 2),
                weight: None,
            };
            let products = [
                product("T-1", &tools, "Hammer", 15_00),
                product("T-2", &tools, "Saw", 22_50),
                product("G-1", &garden, "Spade", 31_00),
            ];
            let products = Product::insert_many(products).all(tx).await?;

            // Many to many: the join table is the relation's own business.
            let sale = Tag::insert(NewTag { name: "sale".into() }).one(tx).await?;
            for product in products.iter().filter(|product| product.category_id == tools.id) {
                Product::TAGS.of(product).add([sale.id]).execute(tx).await?;
            }
            Ok(())
        })
        .await
}

/// The customer with this address, whether new or known: right however many sign up at once.
async fn sign_up(dbs: &Databases, name: &str, email: &str) -> Result<Customer> {
    let new = NewCustomer { email: email.into(), name: name.into(), referrer_id: None, born_on: None };
    let (customer, is_new) = Customer::insert(new).on_conflict(Customer::EMAIL).get_or_insert(dbs).await?;
    if is_new {
        let home = NewAddress {
            customer_id: customer.id,
            street: "Main Street 1".into(),
            postcode: "1234 AB".into(),
            city: "Utrecht".into(),
        };
        Address::insert(home).set(Address::KIND, AddressKind::Home).execute(dbs).await?;
    }
    Ok(customer)
}

/// Stores the order in its database and the visit in the customers': one transaction on each, side by side.
///
/// `together` commits both or, short of a crash between the two commits, none; its docs say what it cannot promise.
/// A `Customer` on `orders` would not compile, nor an `Order` on `crm`.
async fn place_order(dbs: &Databases, customer: &Customer, lines: &[(&str, i32)]) -> Result<Order> {
    together((&dbs.crm, &dbs.orders), async |(crm, orders)| {
        let visit = customer.update().set(Customer::VISITS, Customer::VISITS + 1);
        let (order, _) = tokio::try_join!(store_order(orders, customer.id, lines), visit.execute(crm))?;
        Ok(order)
    })
    .await
}

async fn store_order(tx: &Transaction<Orders>, customer_id: i64, lines: &[(&str, i32)]) -> Result<Order> {
    let order = Order::insert(NewOrder { customer_id }).one(tx).await?;
    for (line_no, (sku, quantity)) in (1..).zip(lines) {
        let product = Product::find(*sku).for_share().one(tx).await?;
        let item = NewItem { order_id: order.id, line_no, sku: product.sku, price: product.price };
        Item::insert(item).set(Item::QUANTITY, *quantity).execute(tx).await?;
    }
    let total = Order::ITEMS.sum(Item::PRICE * Item::QUANTITY.cast_to::<Decimal>());
    order.update().set(Order::TOTAL, coalesce(total, Decimal::ZERO)).one(tx).await
}

/// Again, from the start, where two of them meet.
async fn pay(dbs: &Databases, order: i64) -> Result<()> {
    let options = TransactionOptions::new().isolation(Isolation::Serializable);
    dbs.orders
        .retry(options, Retries::new(3), async |tx| {
            let order = Order::find(order).for_update().one(tx).await?;
            order.update().set(Order::STATUS, OrderStatus::Paid).execute(tx).await
        })
        .await?;
    Ok(())
}

/// Each order with its customer, if there is one, and its items with their products. The customers come from their own
/// database, all of them with one statement, at the same time as the items.
async fn print_open_orders(dbs: &Databases) -> Result<()> {
    let orders = Order::query()
        .filter(Order::STATUS.eq(OrderStatus::Open))
        .order_by(Order::ID.asc())
        .with(Order::CUSTOMER)
        .with(Order::ITEMS.order_by(Item::LINE_NO.asc()).with(Item::PRODUCT))
        .all(dbs)
        .await?;
    for (order, customer, items) in orders {
        let name = customer.map_or_else(|| "nobody".into(), |customer| customer.name);
        let items: Vec<_> =
            items.iter().map(|(item, product)| format!("{} x {}", item.quantity, product.name)).collect();
        println!("{name} ordered {} for {}", items.join(", "), order.total);
    }
    Ok(())
}

/// Sums from the one database, names from the other.
async fn print_best_customers(dbs: &Databases) -> Result<()> {
    let totals: Vec<(i64, Option<Decimal>)> = Order::query()
        .group_by(Order::CUSTOMER_ID)
        .select((Order::CUSTOMER_ID, sum(Order::TOTAL)))
        .having(sum(Order::TOTAL).gte(60))
        .order_by(sum(Order::TOTAL).desc())
        .all(dbs)
        .await?;
    let best = Customer::find_many(totals.iter().map(|(id, _)| *id)).all(dbs).await?;
    for (id, total) in totals {
        let name = best.iter().find(|customer| customer.id == id).map_or("nobody", |customer| &customer.name);
        println!("{name} spent {}", total.unwrap_or_default());
    }
    Ok(())
}

/// A filter may cross relations: only what is on sale and was ever ordered.
async fn print_catalog(dbs: &Databases) -> Result<()> {
    let wanted = Product::query()
        .filter(Product::TAGS.any(Tag::NAME.eq("sale")).and(Product::ITEMS.any(Item::QUANTITY.gte(2))))
        .order_by(Product::NAME.asc())
        .with(Product::CATEGORY)
        .all(dbs)
        .await?;
    for (product, category) in wanted {
        println!("on sale in {}: {}", category.name, product.name);
    }
    Ok(())
}
