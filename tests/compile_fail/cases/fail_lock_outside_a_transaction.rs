//! A lock ends with its transaction, and so a query that locks rows runs in one.

use ormgen_runtime::{Executor, Result, prelude::*};
use ormgen_misuse::shop::{Databases, orders::{Order, Orders}};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::find(7).for_update().one(dbs).await?;
    Order::query().for_share().skip_locked().with(Order::ITEMS).all(&dbs.orders).await?;
    Ok(())
}

async fn generic(executor: impl Executor<Orders>) -> Result<Order> {
    Order::find(7).for_update().one(executor).await
}

fn main() {}
