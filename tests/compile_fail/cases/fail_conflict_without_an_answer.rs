//! An insert that names a conflict also says what becomes of the row that exists already.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::{Customer, NewCustomer}};

async fn wrong(dbs: &Databases, new: NewCustomer, rows: Vec<NewCustomer>) -> Result<()> {
    Customer::insert(new.clone()).on_conflict(Customer::EMAIL).execute(dbs).await?;
    let row: Customer = Customer::insert(new).on_constraint("customers_email_key").one(dbs).await?;
    Customer::insert_many(rows).on_any_conflict().execute(dbs).await?;
    println!("{}", row.name);
    Ok(())
}

fn main() {}
