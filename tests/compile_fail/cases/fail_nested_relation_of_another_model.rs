//! What is nested is a relation of the model it is nested in.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, orders::Order, orders::Product};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::query().with(Order::ITEMS.with(Product::CATEGORY)).all(dbs).await?;
    Ok(())
}

fn main() {}
