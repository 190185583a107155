//! A value of a type near the column's own: the message has the conversion.

use ormgen_misuse::{shop::Databases, typed::Account};
use ormgen_runtime::{
    Result,
    prelude::*,
    types::{DateTime, NaiveDate, Utc, Uuid},
};

async fn wrong(dbs: &Databases, now: DateTime<Utc>, id: Uuid, day: NaiveDate) -> Result<()> {
    Account::query().filter(Account::MADE_AT.gt(now)).all(dbs).await?;
    Account::query().update().set(Account::MADE_AT, now).execute(dbs).await?;
    Account::query().filter(Account::UID.eq(id)).all(dbs).await?;
    Account::query().filter(Account::UID.is_in([id])).all(dbs).await?;
    Account::query().filter(Account::UID.eq('Y')).all(dbs).await?;
    Account::query().filter(Account::CHANGED.gt(now.timestamp())).all(dbs).await?;
    Account::query().update().set(Account::CHANGED, now.timestamp()).execute(dbs).await?;
    Account::query().update().set(Account::VALID, (day, day)).execute(dbs).await?;
    Account::find(2).one(dbs).await?;
    Ok(())
}

fn main() {}
