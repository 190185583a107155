//! An update answers one conflict; which one must be said.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{
    Databases,
    crm::{Customer, NewCustomer},
};

async fn wrong(dbs: &Databases, new: NewCustomer) -> Result<()> {
    Customer::insert(new).on_any_conflict().do_update(Customer::NAME).one(dbs).await?;
    Ok(())
}

fn main() {}
