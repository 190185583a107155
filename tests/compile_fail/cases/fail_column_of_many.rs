//! A relation to many rows has no one value of a column.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, orders::{Item, Order, Product, Tag}};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::query().filter(Order::ITEMS.column(Item::SKU).eq("A-1")).all(dbs).await?;
    Order::query().filter(Order::ITEMS.any(Order::ID.eq(1))).all(dbs).await?;
    Product::query().left_join(Product::TAGS).order_by(Product::TAGS.column(Tag::ID).asc()).all(dbs).await?;
    Ok(())
}

fn main() {}
