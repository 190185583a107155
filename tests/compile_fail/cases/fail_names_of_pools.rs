//! Names that other libraries have for what a pool does.

use ormgen_misuse::shop::{Databases, crm::{Crm, Customer}};
use ormgen_runtime::{Result, prelude::*};

async fn wrong(dbs: &Databases) -> Result<()> {
    let connection = dbs.crm.acquire().await?;
    let connection = dbs.crm.get().await?;
    let rows = dbs.crm.query("SELECT 1").await?;
    let row: Customer = dbs.crm.fetch_one("SELECT * FROM customers").await?;
    dbs.crm.execute("DELETE FROM customers").await?;
    dbs.crm.transaction(async |tx| tx.execute("DELETE FROM customers").await).await?;
    dbs.crm.transaction(async |tx| tx.begin().await).await?;
    by_reference(&dbs.crm).await?;
    Ok(())
}

async fn by_reference(pool: &Pool<Crm>) -> Result<()> {
    let row: Customer = pool.fetch_one("SELECT * FROM customers").await?;
    Ok(())
}

fn main() {}
