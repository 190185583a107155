//! Nor to what may be NULL.

use ormgen_runtime::{Result, prelude::*};
use ormgen_tests::generated::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    Customer::query().update().set(Customer::VISITS, Customer::REFERRER_ID).execute(dbs).await?;
    Customer::query().update().set(Customer::CREATED_AT, Customer::UPDATED_AT).execute(dbs).await?;
    Ok(())
}

fn main() {}
