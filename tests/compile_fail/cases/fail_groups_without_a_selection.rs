//! A grouped query says what it reads of each group, before anything else.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    let tiers = Customer::query().group_by(Customer::TIER).all(dbs).await?;
    let how_many = Customer::query().group_by(Customer::TIER).count(dbs).await?;
    let sorted = Customer::query().group_by(Customer::TIER).order_by(Customer::TIER.asc()).all(dbs).await?;
    println!("{} {} {}", tiers.len(), how_many, sorted.len());
    Ok(())
}

fn main() {}
