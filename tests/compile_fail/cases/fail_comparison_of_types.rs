//! A column is compared with its own type.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::{Customer, Tier}, orders::OrderStatus};

async fn wrong(dbs: &Databases) -> Result<()> {
    Customer::query().filter(Customer::ID.eq("7")).all(dbs).await?;
    Customer::query().filter(Customer::NAME.eq(7)).all(dbs).await?;
    Customer::query().filter(Customer::TIER.eq(OrderStatus::Open)).all(dbs).await?;
    Customer::query().filter(Customer::NAME).all(dbs).await?;
    Customer::query().filter(Customer::VISITS.contains("1")).all(dbs).await?;
    let _ = Tier::Gold;
    Ok(())
}

fn main() {}
