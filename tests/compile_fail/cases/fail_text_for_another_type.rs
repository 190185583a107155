//! A text is stored in a column of text, and compared with one: what it stands for elsewhere is written or parsed.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer, orders::Order};

async fn wrong(dbs: &Databases) -> Result<()> {
    Customer::query().filter(Customer::TIER.eq("gold")).all(dbs).await?;
    Customer::query().filter(Customer::TIER.is_in(["gold", "silver"])).all(dbs).await?;
    Order::query().filter(Order::PLACED_AT.gt("2026-01-01")).all(dbs).await?;
    Customer::query().update().set(Customer::BORN_ON, "2000-01-01").execute(dbs).await?;
    Ok(())
}

fn main() {}
