//! What a query means, how the server goes about it, and how it may be spelled: each on a real server.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, its helpers included")]

mod aliases;
mod alike;
mod beside;
mod common;
mod composites;
mod cookbook;
mod loose_keys;
mod moves;
mod named_rows;
mod pairs;
mod plans;
mod refused;
mod rows;
mod spelled;
mod tables;
mod trees;
mod untold;
mod values;

use ormgen_runtime::{Filter, prelude::*};
use ormgen_tests::{
    generated::shop::{Databases, crm::Customer},
    shop::{Shop, customer},
};

/// Five customers: Ada brought Bob and Dee, Bob brought Cy, Dee brought Eve.
async fn customers() -> Shop {
    let shop = Shop::open().await;
    for (name, referrer, visits) in
        [("Ada", None, 12), ("Bob", Some(1), 0), ("Cy", Some(2), 3), ("Dee", Some(1), 3), ("Eve", Some(4), 7)]
    {
        let insert = Customer::insert(customer(name)).set(Customer::REFERRER_ID, referrer);
        insert.set(Customer::VISITS, visits).execute(&shop.dbs).await.unwrap();
    }
    shop
}

/// The first letters of the customers that a filter lets through.
async fn letters(dbs: &Databases, filter: Filter<Customer>) -> String {
    let rows = Customer::query().filter(filter).order_by(Customer::ID.asc()).all(dbs).await.unwrap();
    rows.iter().map(|customer| &customer.name[..1]).collect()
}
