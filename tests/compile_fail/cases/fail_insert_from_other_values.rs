//! The values that are inserted have the types of the columns that they are for.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{Databases, orders::{Category, Tag}};

async fn wrong(dbs: &Databases) -> Result<()> {
    Category::insert_from(Category::ID, Category::query().select(Category::PARENT_ID)).execute(dbs).await?;
    Tag::insert_from(Tag::NAME, Category::query().select(Category::ID)).execute(dbs).await?;
    Ok(())
}

fn main() {}
