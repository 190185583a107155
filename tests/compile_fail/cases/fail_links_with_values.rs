//! A link that needs more than two keys is a row to insert.

use ormgen_misuse::shop::{
    Databases,
    orders::{Item, Order, Product},
};
use ormgen_runtime::{
    Result,
    relation::{ManyToMany, ReadOnlyLinks},
};

/// As generated code has it where the join table needs a quantity.
const PRODUCTS: ManyToMany<Order, Product, (i64,), ReadOnlyLinks> = Order::ITEMS.through_rows(Item::PRODUCT);

async fn wrong(order: &Order, product: &Product, dbs: &Databases) -> Result<()> {
    PRODUCTS.of(order).add([product.sku.as_str()]).execute(dbs).await?;
    PRODUCTS.of(order).clear().execute(dbs).await?;
    Ok(())
}

fn main() {}
