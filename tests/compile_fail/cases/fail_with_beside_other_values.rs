//! Related rows are loaded beside whole rows; of related rows without relations of their own, some columns can be selected.

use ormgen_runtime::{Result, functions::count, prelude::*};
use ormgen_misuse::shop::{
    Databases,
    orders::{Item, Order, Product},
};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::query().select(Order::ID).with(Order::ITEMS).all(dbs).await?;
    Order::query().group_by(Order::CUSTOMER_ID).select(count()).with(Order::ITEMS).all(dbs).await?;
    Order::query().with(Order::ITEMS).select(Order::ID).all(dbs).await?;
    Item::query().join(Item::ORDER).with(Order::INVOICE).all(dbs).await?;
    Order::query().with(Order::ITEMS.select(Item::SKU).with(Item::PRODUCT)).all(dbs).await?;
    Order::query().with(Order::ITEMS.with(Item::PRODUCT).select(Item::SKU)).all(dbs).await?;
    Order::query().with(Order::ITEMS.select(Product::NAME)).all(dbs).await?;
    Order::query().with(Order::ITEMS.select(count())).all(dbs).await?;
    Ok(())
}

fn main() {}
