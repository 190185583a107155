//! Rows are filtered before there are groups and windows, and groups before there are windows.

use ormgen_runtime::{Expression, Filter, Result, functions::{count, max, row_number, sum, unnest, window}, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    Customer::query().filter(count().gt(1)).all(dbs).await?;
    Customer::query().filter(Customer::VISITS.eq(max(Customer::VISITS))).delete().execute(dbs).await?;
    let place = || row_number().over(window().order_by(Customer::VISITS.desc()));
    Customer::query().filter(Customer::VISITS.gt(1).and(place().lte(3))).all(dbs).await?;
    let groups = Customer::query().group_by(Customer::TIER).select((Customer::TIER, count()));
    groups.having(place().lte(3)).all(dbs).await?;
    Customer::query().filter(unnest(Customer::TAGS).eq("a")).all(dbs).await?;
    Ok(())
}

/// A function of filters says what it gives.
fn above(visits: i64) -> Filter<Customer> {
    sum(Customer::VISITS).gt(visits)
}

/// A generic function of expressions takes those of rows.
fn is_large<M>(of: impl Expression<M, Value = i64>) -> Filter<M> {
    of.gt(100)
}

fn of_groups() -> Filter<Customer> {
    is_large(sum(Customer::VISITS))
}

fn main() {}
