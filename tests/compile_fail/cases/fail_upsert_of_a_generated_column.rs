//! What the database fills in is set neither by an upsert nor by a bulk update.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{
    Databases,
    crm::{Customer, NewCustomer},
};

async fn wrong(dbs: &Databases, new: NewCustomer, rows: &[Customer]) -> Result<()> {
    Customer::insert(new).on_conflict(Customer::EMAIL).do_update((Customer::NAME, Customer::ID)).one(dbs).await?;
    Customer::update_many(rows).set_columns(Customer::SEARCH).execute(dbs).await?;
    Ok(())
}

fn main() {}
