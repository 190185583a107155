//! No filter crosses databases.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer, orders::Order};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::query().filter(Customer::ACTIVE).all(dbs).await?;
    Order::query().filter(Order::CUSTOMER_ID.eq(Customer::ID)).all(dbs).await?;
    Ok(())
}

fn main() {}
