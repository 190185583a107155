//! An update is for all rows of a filter.

use ormgen_runtime::{Result, prelude::*};
use ormgen_tests::generated::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    Customer::query().limit(1).update().set(Customer::VISITS, 1).execute(dbs).await?;
    Customer::query().offset(1).delete().execute(dbs).await?;
    Ok(())
}

fn main() {}
