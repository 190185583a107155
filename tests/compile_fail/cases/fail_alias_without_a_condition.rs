//! An alias by itself is no join: which rows stand beside a row has to be said.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    let other = Customer::alias("other");
    Customer::query().join(other).all(dbs).await?;
    Ok(())
}

fn main() {}
