//! A key is of the table's own types.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer, orders::Item};

async fn wrong(dbs: &Databases) -> Result<()> {
    Customer::find("1").one(dbs).await?;
    Item::find(1).one(dbs).await?;
    Ok(())
}

fn main() {}
