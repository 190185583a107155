//! Nor is a sum sure that may be NULL on one side.

use ormgen_runtime::{
    Result,
    functions::{coalesce, when},
    prelude::*,
};
use ormgen_misuse::shop::{Databases, orders::Product};

async fn wrong(dbs: &Databases) -> Result<()> {
    Product::query().update().set(Product::PRICE, Product::PRICE + Product::GROSS_PRICE).execute(dbs).await?;
    let price = coalesce(Product::GROSS_PRICE, Product::GROSS_PRICE * Product::GROSS_PRICE);
    Product::query().update().set(Product::PRICE, price).execute(dbs).await?;
    let price = when(Product::PRICE.is_null(), Product::PRICE).otherwise(Product::GROSS_PRICE);
    Product::query().update().set(Product::PRICE, price).execute(dbs).await?;
    Ok(())
}

fn main() {}
