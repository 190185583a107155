//! Rows of a table without a primary key cannot be told apart.

use ormgen_runtime::{Result, prelude::*};
use ormgen_tests::generated::reporting::{Databases, analytics::AnalyticsSale};

async fn wrong(dbs: &Databases, before: AnalyticsSale, row: AnalyticsSale) -> Result<()> {
    row.delete().execute(dbs).await?;
    row.save(&before, dbs).await?;
    Ok(())
}

async fn wrong_of_many(dbs: &Databases, rows: Vec<AnalyticsSale>) -> Result<()> {
    AnalyticsSale::update_many(rows).set_columns(AnalyticsSale::AMOUNT).execute(dbs).await?;
    Ok(())
}

fn main() {}
