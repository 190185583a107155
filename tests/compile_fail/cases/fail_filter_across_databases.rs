//! A reference is loaded: no statement reads two databases.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer, orders::Order};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::query().filter(Order::CUSTOMER.any(Customer::NAME.eq("Ada"))).all(dbs).await?;
    Customer::query().filter(Customer::ORDERS.is_empty()).all(dbs).await?;
    Ok(())
}

fn main() {}
