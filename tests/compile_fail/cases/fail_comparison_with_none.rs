//! NULL equals nothing.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    Customer::query().filter(Customer::REFERRER_ID.eq(None)).all(dbs).await?;
    Customer::query().filter(Customer::REFERRER_ID.eq(Some(1))).all(dbs).await?;
    Ok(())
}

fn main() {}
