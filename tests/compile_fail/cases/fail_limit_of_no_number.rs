//! A number of rows is a whole number.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases, page: &str, size: f64) -> Result<()> {
    Customer::query().limit(page).all(dbs).await?;
    Customer::query().limit(size).all(dbs).await?;
    Ok(())
}

fn main() {}
