//! What stands beside a row is in the same database.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer, orders::Order};

async fn wrong(dbs: &Databases) -> Result<()> {
    let order = Order::alias("order");
    Customer::query().join(order.on(order.column(Order::CUSTOMER_ID).eq(Customer::ID))).all(dbs).await?;
    Ok(())
}

fn main() {}
