//! An alias has the columns of its own table.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, orders::{Item, Order}};

async fn wrong(dbs: &Databases) -> Result<()> {
    let item = Item::alias("item");
    Order::query().join(item.on(item.column(Order::ID).eq(Order::ID))).all(dbs).await?;
    Ok(())
}

fn main() {}
