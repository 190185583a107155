//! A row that must be there may be filtered away: it is loaded as an `Option`.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{
    Databases,
    orders::{Item, Product},
};

async fn wrong(dbs: &Databases) -> Result<Vec<(Item, Product)>> {
    Item::query().with(Item::PRODUCT.filter(Product::NAME.eq("Saw"))).all(dbs).await
}

fn main() {}
