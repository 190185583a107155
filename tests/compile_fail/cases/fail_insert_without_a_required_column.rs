//! What the database does not fill in must be given.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::{Customer, NewCustomer}};

async fn wrong(dbs: &Databases) -> Result<()> {
    let new = NewCustomer { name: "Ada".into(), referrer_id: None, born_on: None };
    Customer::insert(new).one(dbs).await?;
    Ok(())
}

fn main() {}
