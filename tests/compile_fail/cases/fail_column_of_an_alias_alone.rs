//! An alias's condition is no condition by itself; nor has an alias fields.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    let other = Customer::alias("other");
    Customer::query().filter(other.on(other.column(Customer::VISITS).eq(Customer::VISITS))).all(dbs).await?;
    Ok(())
}

fn main() {}
