//! What may be NULL is an option.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    let ada = Customer::find(1).one(dbs).await?;
    let referrer: i64 = ada.referrer_id;
    Customer::find(referrer).one(dbs).await?;
    Ok(())
}

fn main() {}
