//! A transaction reaches its own database alone.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, orders::Order};

async fn wrong(dbs: &Databases) -> Result<()> {
    let tx = dbs.crm.begin().await?;
    Order::query().all(&tx).await?;
    dbs.crm.transaction(async |tx| Order::find(1).one(tx).await).await?;
    Ok(())
}

fn main() {}
