//! Who only reads cannot write.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    Customer::query().delete().execute(dbs.crm.read_only()).await?;
    Customer::find(1).update().set(Customer::VISITS, 1).execute(&dbs.crm.read_only()).await?;
    Ok(())
}

fn main() {}
