//! Names that SQL and other libraries have for what a change does.

use ormgen_misuse::shop::{
    Databases,
    crm::{Customer, NewCustomer},
};
use ormgen_runtime::{Result, prelude::*};

async fn wrong(dbs: &Databases, new: NewCustomer) -> Result<()> {
    Customer::query().update().set(Customer::VISITS, 3).exec(dbs).await?;
    let rows: Vec<Customer> = Customer::query().update().set(Customer::VISITS, 3).get_results(dbs).await?;
    let row: Customer = Customer::insert(new.clone()).get_result(dbs).await?;
    Customer::query().update().set_many((Customer::VISITS, Customer::NAME));
    Customer::query().update().set(Customer::VISITS, 3).filter(Customer::ID.eq(3)).execute(dbs).await?;
    let upsert = Customer::insert(new.clone()).on_conflict(Customer::EMAIL);
    upsert.filter(Customer::VISITS.gt(3)).do_nothing().execute(dbs).await?;
    Customer::insert(new.clone()).on_conflict(Customer::EMAIL).set(Customer::VISITS, 3).execute(dbs).await?;
    let upsert = Customer::insert(new.clone()).on_conflict(Customer::EMAIL).do_update(Customer::NAME);
    upsert.do_update_set(Customer::VISITS, 3).execute(dbs).await?;
    Customer::insert(&new).exec(dbs).await?;
    let rows: Vec<Customer> = Customer::insert_many(&[new.clone()]).get_results(dbs).await?;
    let upsert = Customer::insert(&new).on_conflict(Customer::EMAIL).do_update(Customer::NAME);
    upsert.where_(Customer::VISITS.gt(3)).execute(dbs).await?;
    Ok(())
}

fn main() {}
