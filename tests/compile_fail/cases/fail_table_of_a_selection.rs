//! A table of a selection has its own columns, which a condition on it is made of, and not those of the table it was made of.

use ormgen_runtime::{Result, functions::count, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    let (rows, _) = Customer::query().select((Customer::NAME, Customer::VISITS)).into_table();
    rows.filter(Customer::VISITS.gt(1)).all(dbs).await?;
    let _ = Customer::query().select((Customer::ID, (Customer::NAME, count()))).into_table();
    Ok(())
}

fn main() {}
