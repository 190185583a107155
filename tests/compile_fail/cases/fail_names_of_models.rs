//! Functions that models have elsewhere.

use ormgen_misuse::shop::{
    Databases,
    crm::{Customer, NewCustomer},
};
use ormgen_runtime::{Result, prelude::*};

async fn wrong(dbs: &Databases, new: NewCustomer) -> Result<()> {
    let all: Vec<Customer> = Customer::all(dbs).await?;
    let none: Vec<Customer> = Customer::filter(Customer::NAME.eq("Ada")).limit(3).all(dbs).await?;
    let row: Customer = Customer::get(3).await?;
    let row: Customer = Customer::find_by_id(dbs, 3).await?.unwrap();
    let row: Option<Customer> = Customer::first(dbs).await?;
    let count: i64 = Customer::count().await?;
    let row: Customer = Customer::create(new.clone()).one(dbs).await?;
    Customer::insert_all([new.clone()]).execute(dbs).await?;
    let (row, is_new): (Customer, bool) = Customer::get_or_create(new).await?;
    Customer::update_all(dbs, Customer::VISITS, 3).await?;
    Customer::delete_by_id(3).execute(dbs).await?;
    Customer::delete_all(dbs).await?;
    Customer::delete_many([1, 2]).await?;
    Ok(())
}

fn generic<M: Keyed>(dbs: &Databases) {
    let _ = M::find_all(dbs);
}

struct NoModel;

fn of_another_type() -> NoModel {
    NoModel::create()
}

fn main() {}
