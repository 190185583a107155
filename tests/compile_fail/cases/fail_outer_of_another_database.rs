//! A row around is one of the same statement, and so of the same database.

use ormgen_runtime::{
    Result,
    functions::{exists, outer},
    prelude::*,
};
use ormgen_misuse::shop::{Databases, crm::Customer, orders::Order};

async fn wrong(dbs: &Databases) -> Result<()> {
    let ordered = Order::query().filter(Order::CUSTOMER_ID.eq(outer(Customer::ID)));
    Customer::query().filter(exists(ordered)).all(dbs).await?;
    Ok(())
}

fn main() {}
