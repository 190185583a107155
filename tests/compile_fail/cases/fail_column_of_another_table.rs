//! A filter is made of the model's own columns.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, orders::{Item, Order}};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::query().filter(Item::QUANTITY.gt(1)).all(dbs).await?;
    Order::query().filter(Order::ID.eq(Item::ORDER_ID)).all(dbs).await?;
    Order::query().order_by(Item::QUANTITY.asc()).all(dbs).await?;
    Ok(())
}

fn main() {}
