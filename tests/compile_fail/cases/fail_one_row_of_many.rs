//! An update by filter may change any number of rows.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    let update = Customer::query().filter(Customer::ACTIVE).update().set(Customer::VISITS, 0);
    update.returning(Customer::ID).one(dbs).await?;
    Ok(())
}

fn main() {}
