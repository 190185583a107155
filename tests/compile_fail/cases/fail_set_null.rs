//! A column that is never NULL is never set to it.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    Customer::query().update().set(Customer::NAME, None).execute(dbs).await?;
    Customer::query().update().set(Customer::VISITS, Some(1)).execute(dbs).await?;
    Customer::query().update().set(Customer::VISITS, "1").execute(dbs).await?;
    Ok(())
}

fn main() {}
