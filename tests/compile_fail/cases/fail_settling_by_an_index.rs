//! The row that exists already is looked for by its columns, which an index over expressions does not name.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::{Customer, NewCustomer}};

async fn wrong(new: NewCustomer, dbs: &Databases) -> Result<()> {
    Customer::insert(new.clone()).on_index("lower(email)").get_or_insert(dbs).await?;
    Customer::insert(new.clone()).on_constraint("customers_email_key").update_or_insert(dbs).await?;
    Customer::insert(new.clone()).on_index("lower(email)").do_update(Customer::NAME).update_or_insert(dbs).await?;
    let index = Customer::insert(&new).on_index("lower(email)");
    index.do_update((Customer::NAME, Customer::EMAIL)).set(Customer::VISITS, 3).update_or_insert(dbs).await?;
    Ok(())
}

fn main() {}
