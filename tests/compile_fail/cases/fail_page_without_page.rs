//! A query by a key is read page by page.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, orders::Order};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::query().keyset(Order::ID).limit(20).all(dbs).await?;
    Order::query().keyset(Order::ID).with(Order::ITEMS).first(dbs).await?;
    Ok(())
}

fn main() {}
