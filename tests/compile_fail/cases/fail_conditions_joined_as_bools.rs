//! Conditions are joined by `|` and `&`, since Rust keeps `||` and `&&` for `bool`.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    Customer::query().filter(Customer::NAME.eq("Ada") || Customer::NAME.eq("Bob")).all(dbs).await?;
    Ok(())
}

fn main() {}
