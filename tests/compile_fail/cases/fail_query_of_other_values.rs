//! The values of a query are compared with those of the same type.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    let names = Customer::query().select(Customer::NAME);
    Customer::query().filter(Customer::ID.in_query(names)).all(dbs).await?;
    Ok(())
}

fn main() {}
