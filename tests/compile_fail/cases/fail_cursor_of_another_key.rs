//! A page begins after a key of the sort that the rows are sorted by.

use ormgen_runtime::{Result, functions::desc, prelude::*};
use ormgen_misuse::shop::{Databases, orders::{Item, Order}};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::query().keyset((desc(Order::PLACED_AT), Order::ID)).after((1, 2)).page(dbs).await?;
    Order::query().keyset(Item::ORDER_ID).page(dbs).await?;
    Ok(())
}

fn main() {}
