//! Rows are grouped before there are aggregates and windows, and an aggregate is no value of a single row.

use ormgen_runtime::{
    Result,
    functions::{count, max, row_number, sum, unnest, window},
    prelude::*,
};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    Customer::query().group_by(count()).select(count()).all(dbs).await?;
    Customer::query().group_by((Customer::TIER, sum(Customer::VISITS) + 1)).select(count()).all(dbs).await?;
    let place = || row_number().over(window());
    Customer::query().group_by(Customer::TIER).group_by(place()).select(count()).all(dbs).await?;
    Customer::query().group_by(unnest(Customer::TAGS)).group_by(max(Customer::TAGS)).select(count()).all(dbs).await?;
    Customer::query().annotate(count()).all(dbs).await?;
    Customer::query().with(Customer::ADDRESSES).annotate((place(), sum(Customer::VISITS))).all(dbs).await?;
    Ok(())
}

fn main() {}
