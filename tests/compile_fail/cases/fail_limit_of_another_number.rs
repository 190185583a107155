//! A number of rows is a `u64`.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases, page: usize, size: u32) -> Result<()> {
    Customer::query().limit(page).all(dbs).await?;
    Customer::query().limit(size).all(dbs).await?;
    Customer::query().offset(-1).all(dbs).await?;
    Ok(())
}

fn main() {}
