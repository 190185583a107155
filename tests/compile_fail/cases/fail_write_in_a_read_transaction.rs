//! A transaction that only reads takes no write.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    let tx = dbs.crm.read_only().begin().await?;
    Customer::query().delete().execute(&tx).await?;
    tx.commit().await
}

fn main() {}
