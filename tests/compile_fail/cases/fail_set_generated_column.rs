//! Only the database sets what it generates.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    Customer::query().update().set(Customer::ID, 1).execute(dbs).await?;
    Ok(())
}

fn main() {}
