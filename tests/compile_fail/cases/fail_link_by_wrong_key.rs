//! Links take the key of the linked table, and an executor that writes.

use ormgen_runtime::Result;
use ormgen_misuse::shop::{Databases, orders::Product};

async fn wrong(dbs: &Databases, product: &Product) -> Result<()> {
    Product::TAGS.of(product).add(["red"]).execute(dbs).await?;
    Product::TAGS.of(product).add([1]).execute(dbs.orders.read_only()).await?;
    Product::TAGS.of(product).add([1]).execute(&dbs.crm).await?;
    Ok(())
}

fn main() {}
