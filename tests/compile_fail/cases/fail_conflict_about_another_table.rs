//! A conflict is about columns of the table that is written.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{
    Databases,
    crm::{Address, Customer, NewCustomer},
};

async fn wrong(dbs: &Databases, new: NewCustomer) -> Result<()> {
    Customer::insert(new).on_conflict(Address::KIND).do_nothing().execute(dbs).await?;
    Ok(())
}

fn main() {}
