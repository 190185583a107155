//! What was read is no new row.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    let ada = Customer::find(1).one(dbs).await?;
    Customer::insert(ada).one(dbs).await?;
    Ok(())
}

fn main() {}
