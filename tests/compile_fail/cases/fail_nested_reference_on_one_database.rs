//! A reference leads to another database, however deep it is nested: one pool does not reach it.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, orders::Invoice, orders::Order};

async fn wrong(dbs: &Databases) -> Result<()> {
    Invoice::query().with(Invoice::ORDER.with(Order::CUSTOMER)).all(&dbs.orders).await?;
    Ok(())
}

fn main() {}
