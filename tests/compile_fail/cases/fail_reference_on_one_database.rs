//! A reference needs both of its databases.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, orders::Order};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::query().with(Order::CUSTOMER).all(&dbs.orders).await?;
    let tx = dbs.orders.begin().await?;
    Order::query().with(Order::CUSTOMER).all(&tx).await?;
    Ok(())
}

fn main() {}
