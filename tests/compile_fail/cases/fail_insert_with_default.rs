//! What is left out by `..Default::default()` could be a required column: a `New…` struct that has one has no `Default`.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::{Customer, NewCustomer}};

async fn wrong(dbs: &Databases) -> Result<()> {
    let new = NewCustomer { name: "Ada".into(), ..Default::default() };
    Customer::insert(new).one(dbs).await?;
    Ok(())
}

fn main() {}
