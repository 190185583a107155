//! A query within a query reads the same database.

use ormgen_runtime::{Result, functions::exists, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer, orders::Order};

async fn wrong(dbs: &Databases) -> Result<()> {
    let customers = || Customer::query().filter(Customer::ACTIVE);
    Order::query().filter(Order::CUSTOMER_ID.in_query(customers().select(Customer::ID))).all(dbs).await?;
    Order::query().filter(Order::CUSTOMER_ID.eq(customers().select(Customer::ID).scalar())).all(dbs).await?;
    Order::query().filter(exists(customers())).all(dbs).await?;
    Ok(())
}

fn main() {}
