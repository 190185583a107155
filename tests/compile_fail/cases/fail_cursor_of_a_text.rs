//! A page begins after a key, and not after a request's text.

use ormgen_runtime::{Result, functions::desc, prelude::*};
use ormgen_misuse::shop::{Databases, orders::Order};

async fn wrong(after: Option<String>, id: i32, dbs: &Databases) -> Result<()> {
    Order::query().keyset((desc(Order::PLACED_AT), Order::ID)).after(after).page(dbs).await?;
    Order::query().keyset(Order::ID).with(Order::ITEMS).before(id).page(dbs).await?;
    Ok(())
}

fn main() {}
