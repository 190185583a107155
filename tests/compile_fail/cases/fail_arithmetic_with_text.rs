//! SQL calculates with numbers, dates and times: not with text, and not with two of a different sort.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    Customer::query().select(Customer::NAME + "x").all(dbs).await?;
    Customer::query().select(Customer::BORN_ON + Customer::BORN_ON).all(dbs).await?;
    Ok(())
}

fn main() {}
