//! A view is only read: nothing is copied into it, and its rows are not changed.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::ActiveCustomer};

async fn wrong(dbs: &Databases, row: ActiveCustomer) -> Result<()> {
    ActiveCustomer::insert_row(row).on_conflict(ActiveCustomer::ID).do_nothing().execute(dbs).await?;
    Ok(())
}

fn main() {}
