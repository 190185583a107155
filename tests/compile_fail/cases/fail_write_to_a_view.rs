//! A view is only read.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::ActiveCustomer};

async fn wrong(dbs: &Databases) -> Result<()> {
    ActiveCustomer::query().update().set(ActiveCustomer::ID, 1).execute(dbs).await?;
    ActiveCustomer::query().delete().execute(dbs).await?;
    Ok(())
}

fn main() {}
