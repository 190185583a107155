//! One NULL among the values of NOT IN, and no row is let through.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    let referrers = Customer::query().select(Customer::REFERRER_ID);
    Customer::query().filter(Customer::ID.not_in_query(referrers)).all(dbs).await?;
    let names = Customer::query().select(Customer::NAME);
    Customer::query().filter(Customer::ID.in_query(names)).all(dbs).await?;
    Ok(())
}

fn main() {}
