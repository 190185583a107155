//! What a user writes on the first day: it compiles as it stands, and does what it says.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod accepted;
mod column_types;
mod inserts;
mod json;
mod owned_streams;
mod pages;
mod phrases;
mod spawned;

use ormgen_runtime::prelude::*;
use ormgen_tests::{generated::shop::crm::Customer, shop as support};

use crate::support::{Shop, customers, order, products};

/// Three customers, and an order of the first one with two items.
async fn shop() -> Shop {
    let shop = Shop::open().await;
    Customer::insert_many(customers(3)).execute(&shop.dbs).await.unwrap();
    products(&shop.dbs, &["A-1", "B-2"]).await;
    order(&shop.dbs, 1, &["A-1", "B-2"]).await;
    shop
}
