//! Only a relation whose row may be missing can require it.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, orders::{Item, Order}};

async fn wrong(dbs: &Databases) -> Result<()> {
    Item::query().with(Item::ORDER.required()).all(dbs).await?;
    Order::query().with(Order::ITEMS.required()).all(dbs).await?;
    Ok(())
}

fn main() {}
