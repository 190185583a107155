//! Rows are filtered before they are grouped: a condition on an aggregate goes into `having`.

use ormgen_runtime::{Result, functions::count, prelude::*};
use ormgen_misuse::shop::{Databases, crm::Customer};

async fn wrong(dbs: &Databases) -> Result<()> {
    let often = Customer::query().group_by(Customer::REFERRER_ID).filter(count().gt(1));
    often.select((Customer::REFERRER_ID, count())).all(dbs).await?;
    Ok(())
}

fn main() {}
