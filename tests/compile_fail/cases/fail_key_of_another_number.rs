//! A whole number of another type is converted by the program.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases, id: u64) -> Result<()> {
    Customer::find(4i32).one(dbs).await?;
    Customer::query().filter(Customer::ID.eq(id)).all(dbs).await?;
    Ok(())
}

fn main() {}
