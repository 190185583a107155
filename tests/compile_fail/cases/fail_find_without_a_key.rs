//! What has no key is not found by it.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::ActiveCustomer};

async fn wrong(dbs: &Databases) -> Result<()> {
    ActiveCustomer::find(1).one(dbs).await?;
    Ok(())
}

fn main() {}
