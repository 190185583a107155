//! Rows of a table without a primary key cannot be told apart.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::{keyless::Sale, shop::Databases};

async fn wrong(dbs: &Databases, before: Sale, row: Sale) -> Result<()> {
    row.delete().execute(dbs).await?;
    row.save(&before, dbs).await?;
    Ok(())
}

async fn wrong_of_many(dbs: &Databases, rows: Vec<Sale>) -> Result<()> {
    Sale::update_many(rows).set_columns(Sale::AMOUNT).execute(dbs).await?;
    Ok(())
}

fn main() {}
