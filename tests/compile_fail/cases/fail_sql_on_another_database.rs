//! SQL of one's own is of one database too: it runs there, and reads models of there.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Crm, orders::Order};

async fn wrong(dbs: &Databases) -> Result<()> {
    Crm::sql::<i64>("SELECT id FROM customers").all(&dbs.orders).await?;
    Crm::sql("DELETE FROM customers").execute(dbs.crm.read_only()).await?;
    Crm::sql::<Order>("SELECT * FROM orders").all(dbs).await?;
    Ok(())
}

async fn spliced(dbs: &Databases, name: &str) -> Result<()> {
    Crm::sql(&format!("DELETE FROM customers WHERE name = '{name}'")).execute(dbs).await?;
    Ok(())
}

fn main() {}
