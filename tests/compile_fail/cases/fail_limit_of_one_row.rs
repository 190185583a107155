//! A relation to one row has nothing to limit or to sort.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, orders::Item, orders::Product};

async fn wrong(dbs: &Databases) -> Result<()> {
    Item::query().with(Item::PRODUCT.limit(1)).all(dbs).await?;
    Item::query().with(Item::PRODUCT.order_by(Product::SKU.asc())).all(dbs).await?;
    Ok(())
}

fn main() {}
