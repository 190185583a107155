//! A model loads its own relations.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer, orders::Order};

async fn wrong(dbs: &Databases) -> Result<()> {
    Customer::query().with(Order::ITEMS).all(dbs).await?;
    Order::query().with(Order::CUSTOMER).with(Customer::ADDRESSES).all(dbs).await?;
    Ok(())
}

fn main() {}
