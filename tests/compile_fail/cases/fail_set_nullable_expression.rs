//! Nor to what may be NULL.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer, orders::Product};

async fn wrong(dbs: &Databases) -> Result<()> {
    Product::query().update().set(Product::PRICE, Product::GROSS_PRICE).execute(dbs).await?;
    Customer::query().update().set(Customer::CREATED_AT, Customer::UPDATED_AT).execute(dbs).await?;
    Ok(())
}

fn main() {}
