//! A column of another database cannot be read beside this one's.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer, orders::Order};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::query().order_by(Order::CUSTOMER.column(Customer::NAME).asc()).all(dbs).await?;
    Customer::query().select((Customer::NAME, Customer::ORDERS.sum(Order::TOTAL))).all(dbs).await?;
    Ok(())
}

fn main() {}
