//! A struct is read from a selection of its fields' types, in their order.

use ormgen_runtime::{Result, prelude::*, row};
use ormgen_misuse::shop::{Databases, crm::{Crm, Customer}};

row! {
    struct Line {
        name: String,
        visits: i32,
    }
}

struct Other {
    name: String,
}

async fn wrong(dbs: &Databases) -> Result<()> {
    Customer::query().select((Customer::VISITS, Customer::NAME)).read_as::<Line>().all(dbs).await?;
    Crm::sql::<Other>("SELECT name FROM customers").all(dbs).await?;
    Ok(())
}

fn main() {}
