//! A page's key is made of columns, each with its direction: an order has no values that a page could begin after.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, orders::Order};

async fn wrong(dbs: &Databases, last: Option<i64>) -> Result<()> {
    let page = Order::query().keyset((Order::PLACED_AT.desc(), Order::ID)).after(None).limit(20).page(dbs).await?;
    let by_one = Order::query().keyset(Order::ID.asc()).with(Order::ITEMS).after(last).page(dbs).await?;
    println!("{} {}", page.rows.len(), by_one.rows.len());
    Ok(())
}

fn main() {}
