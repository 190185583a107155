//! A window function is a value once it has its window.

use ormgen_runtime::{Result, functions::row_number, prelude::*};
use ormgen_misuse::shop::{Databases, orders::Order};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::query().select((Order::ID, row_number())).all(dbs).await?;
    Ok(())
}

fn main() {}
