//! An update of many rows says which of their columns it stores.

use ormgen_misuse::shop::{Databases, crm::Customer};
use ormgen_runtime::prelude::*;

async fn wrong(dbs: &Databases, rows: Vec<Customer>) -> ormgen_runtime::Result<()> {
    Customer::update_many(&rows).execute(dbs).await?;
    Customer::update_many(&rows).set(Customer::NAME, "Ada");
    let stored = Customer::update_many(rows).all(dbs).await?;
    drop(stored);
    Ok(())
}

fn main() {}
