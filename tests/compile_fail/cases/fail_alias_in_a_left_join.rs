//! A left join may find no row, which the types of an alias's columns have to say.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    let other = Customer::alias("other");
    let alike = other.on(other.column(Customer::VISITS).eq(Customer::VISITS));
    Customer::query().left_join(alike).all(dbs).await?;
    Ok(())
}

fn main() {}
