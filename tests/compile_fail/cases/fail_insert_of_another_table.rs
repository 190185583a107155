//! A row goes into its own table.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::{Customer, NewAddress}};

async fn wrong(dbs: &Databases) -> Result<()> {
    let new = NewAddress { customer_id: 1, street: "".into(), postcode: "".into(), city: "".into() };
    Customer::insert(new).one(dbs).await?;
    Ok(())
}

fn main() {}
