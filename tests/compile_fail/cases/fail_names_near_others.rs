//! What the words of other libraries mean here where the name alone does not say it.

use ormgen_misuse::shop::{
    Databases,
    crm::{Crm, Customer},
    orders::{Item, Order},
};
use ormgen_runtime::{Result, functions::sum, prelude::*};

fn reads() {
    let _ = Customer::ID.in_query(Order::query());
    let _ = Order::query().with((Order::ITEMS, Order::CUSTOMER));
    let _ = Order::query().annotate(Order::ITEMS.count()).select(Order::ID);
    let _ = Order::ITEMS.is_missing();
    let _ = Order::ITEMS.matching(Item::QUANTITY.gt(1)).first(Item::SKU);
    let _ = Customer::order("name").unwrap().desc();
    let _ = Order::query().left_join(Order::ITEMS).group_by(Order::ID).select((Order::ID, sum(Item::PRICE)));
}

/// For these the compiler would offer a name that is similar, and means something else.
fn similar() {
    let _ = Order::query().order_desc(Order::ID);
    let _ = Order::query().find_all();
    let _ = Order::ITEMS.missing();
    let _ = Order::ITEMS.not_any(Item::QUANTITY.gt(1));
    let _ = Order::NOTES.is_missing();
}

fn changes() {
    let _ = Order::query().delete().limit(1);
    let _ = Order::query().update().order_by(Order::ID).limit(1);
    let _ = Order::query().update().set((Order::NOTES, Order::TOTAL), (1, 2));
}

async fn own_sql(dbs: &Databases) -> Result<()> {
    let ids: Vec<i64> = Crm::sql("SELECT id FROM customers").fetch_all(dbs).await?;
    let id: i64 = Crm::sql("SELECT id FROM customers").fetch_one(dbs).await?;
    Ok(())
}

fn main() {}
