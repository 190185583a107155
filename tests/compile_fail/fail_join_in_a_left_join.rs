//! A join within a left join would leave out rows that the left join keeps.

use ormgen_runtime::{Result, prelude::*};
use ormgen_tests::generated::shop::{Databases, orders::{Invoice, Item, Order, Product}};

async fn wrong(dbs: &Databases) -> Result<()> {
    Item::query().left_join(Item::ORDER.join(Order::INVOICE)).all(dbs).await?;
    Item::query().join(Item::ORDER.join(Item::PRODUCT)).all(dbs).await?;
    Item::query().join(Product::ITEMS).all(dbs).await?;
    let _: Option<Invoice> = None;
    Ok(())
}

fn main() {}
