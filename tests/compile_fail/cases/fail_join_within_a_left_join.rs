//! A join within a left join would leave out rows that the left join keeps.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{
    Databases,
    orders::{Invoice, Item, Order, Product, Shipment},
};

async fn wrong(dbs: &Databases) -> Result<()> {
    Item::query().left_join(Item::PRODUCT.join(Product::CATEGORY)).all(dbs).await?;
    Item::query().join(Item::ORDER).left_join(Item::PRODUCT.join(Product::CATEGORY)).all(dbs).await?;
    Order::query().with(Order::ITEMS).left_join(Order::INVOICE.join(Invoice::ORDER)).all(dbs).await?;
    Shipment::query().join(Shipment::ITEM.left_join(Item::PRODUCT.join(Product::CATEGORY))).all(dbs).await?;
    Ok(())
}

fn main() {}
