//! What is done about locked rows is said of a lock.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, orders::Order};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::query().skip_locked().all(dbs).await?;
    Ok(())
}

fn main() {}
