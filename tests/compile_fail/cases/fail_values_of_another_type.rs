//! What goes beside a column is of its type, or of one that the server compares with it; the message says how to write it.

use ormgen_runtime::{Result, functions::{coalesce, days, today}, prelude::*};
use ormgen_misuse::shop::{
    Databases,
    crm::Customer,
    orders::{Invoice, Item, Order},
};

async fn wrong(dbs: &Databases) -> Result<()> {
    Order::query().filter(Order::TOTAL.gt(99.5)).all(dbs).await?;
    Order::query().select(Order::TOTAL * 1.1).all(dbs).await?;
    Order::query().update().set(Order::TOTAL, 99.5).execute(dbs).await?;
    Item::query().filter(Item::QUANTITY.gt(1.5)).all(dbs).await?;
    Order::query().filter(Order::PLACED_AT.gt(today() - days(7))).all(dbs).await?;
    Customer::query().filter(Customer::NAME.eq(Customer::ID)).all(dbs).await?;
    Invoice::query().update().set(Invoice::DUE_ON, today() + days(30)).execute(dbs).await?;
    Invoice::query().select(coalesce(Invoice::DUE_ON, today() + days(30))).all(dbs).await?;
    Ok(())
}

fn main() {}
