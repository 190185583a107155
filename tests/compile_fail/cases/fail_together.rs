//! In a step over several databases each transaction takes the models of its own.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer, orders::Order};

async fn the_wrong_one(dbs: &Databases) -> Result<()> {
    together((&dbs.crm, &dbs.orders), async |(crm, orders)| {
        Customer::query().delete().execute(crm).await?;
        Order::query().delete().execute(crm).await?;
        Order::query().delete().execute(orders).await.map(drop)
    })
    .await
}

async fn no_pool(dbs: &Databases) -> Result<()> {
    together((&dbs.crm, dbs), async |_| Ok(())).await
}

async fn no_tuple(dbs: &Databases) -> Result<()> {
    together(&dbs.crm, async |_| Ok(())).await
}

fn main() {}
