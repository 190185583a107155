//! A column of a type of the program's own takes that type: the message names its constructor.

use ormgen_misuse::{
    shop::{Databases, crm::Tier},
    typed::{Account, Cents},
};
use ormgen_runtime::{Result, functions::sum, prelude::*};

async fn wrong(dbs: &Databases, ids: Vec<i64>, id: i32) -> Result<()> {
    Account::query().filter(Account::BALANCE.gt(100)).all(dbs).await?;
    Account::query().filter(Account::BALANCE.gt(99.5)).all(dbs).await?;
    Account::query().filter(Account::PERSON_ID.eq(id)).all(dbs).await?;
    Account::query().filter(Account::PERSON_ID.is_in(&ids)).all(dbs).await?;
    Account::query().filter(Account::PERSON_ID.eq("5")).all(dbs).await?;
    Account::query().filter(Account::DELETED.eq(false)).all(dbs).await?;
    Account::query().update().set(Account::DELETED, true).execute(dbs).await?;
    Account::query().select(sum(Account::BALANCE)).one(dbs).await?;
    Account::query().filter(Account::PERSON_ID.is_not_distinct_from(Some(id))).all(dbs).await?;
    Account::query().select(Account::BALANCE + Cents(5)).all(dbs).await?;
    Account::query().select(Account::UID.cast_to::<Tier>()).all(dbs).await?;
    Ok(())
}

fn main() {}
