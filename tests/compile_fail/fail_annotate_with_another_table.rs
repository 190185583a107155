//! What stands beside a row is of that row, or comes over a relation.

use ormgen_runtime::{Result, prelude::*};
use ormgen_tests::generated::shop::{Databases, orders::{Item, Order}};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::query().annotate(Item::PRICE).all(dbs).await?;
    Ok(())
}

fn main() {}
