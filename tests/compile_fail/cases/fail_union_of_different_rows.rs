//! Both sides of a set operation give the same type of rows, from one database.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{
    Databases,
    crm::Customer,
    orders::{Item, Order},
};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::query().select(Order::ID).union(Order::query().select(Order::NOTES)).all(dbs).await?;
    Order::query().union(Item::query()).all(dbs).await?;
    Order::query().select(Order::ID).except(Customer::query().select(Customer::ID)).all(dbs).await?;
    Ok(())
}

fn main() {}
