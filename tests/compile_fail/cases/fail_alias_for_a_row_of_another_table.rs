//! The condition of an alias is on the row beside which it stands.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, orders::{Item, Order, Product}};

async fn wrong(dbs: &Databases) -> Result<()> {
    let item = Item::alias("item");
    Product::query().join(item.on(item.column(Item::ORDER_ID).eq(Order::ID))).all(dbs).await?;
    Product::query().filter(item.on(item.column(Item::ORDER_ID).eq(Order::ID)).exists()).all(dbs).await?;
    Ok(())
}

fn main() {}
