//! There is no join of two databases.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, orders::{Item, Order}};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::query().join(Order::CUSTOMER).all(dbs).await?;
    Order::query().left_join(Order::ITEMS).left_join(Order::CUSTOMER).all(dbs).await?;
    Item::query().join(Order::ITEMS).all(dbs).await?;
    Ok(())
}

fn main() {}
