//! So does a pool, a connection, and what is made of a pool.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer, orders::{NewOrder, Order}};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::query().all(&dbs.crm).await?;
    Order::insert(NewOrder { customer_id: 1 }).one(&dbs.crm).await?;
    Customer::query().count(dbs.orders.read_only()).await?;
    let connection = dbs.orders.connection().await?;
    Customer::find(1).one(&connection).await?;
    Ok(())
}

fn main() {}
