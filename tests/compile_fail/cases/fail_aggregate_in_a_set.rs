//! A row is changed to values of its own, and pages are sorted by values that every row has.

use ormgen_runtime::{
    Result,
    functions::{count, desc, max, row_number, sum, window},
    prelude::*,
};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    Customer::query().update().set(Customer::VISITS, max(Customer::VISITS)).execute(dbs).await?;
    Customer::query().update().set(Customer::VISITS, max(Customer::VISITS) + 1).execute(dbs).await?;
    let place = || row_number().over(window());
    Customer::query().update().set(Customer::REFERRER_ID, place()).execute(dbs).await?;
    Customer::query().keyset(count()).page(dbs).await?;
    Customer::query().keyset((desc(sum(Customer::VISITS)), Customer::ID)).page(dbs).await?;
    Customer::query().keyset((place(), Customer::ID)).page(dbs).await?;
    Ok(())
}

fn main() {}
