//! An insert takes rows from a query, or from what one statement's change returns.

use ormgen_runtime::{Result, prelude::*};
use ormgen_misuse::shop::{
    Databases,
    crm::Customer,
    orders::{Category, NewCategory, Product, Tag},
};

async fn wrong(dbs: &Databases) -> Result<()> {
    Tag::insert_from(Tag::NAME, Product::query().delete()).execute(dbs).await?;
    let inserted = Category::insert_many(Vec::<NewCategory>::new()).returning(Category::NAME);
    Tag::insert_from(Tag::NAME, inserted).execute(dbs).await?;
    Tag::insert_from(Tag::NAME, Customer::query().delete().returning(Customer::NAME)).execute(dbs).await?;
    Ok(())
}

fn main() {}
