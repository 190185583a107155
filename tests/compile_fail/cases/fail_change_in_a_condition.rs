//! What a change returns is read by the statement that makes the change, on an executor that can write.

use ormgen_runtime::{ReadOnly, Result, prelude::*};
use ormgen_misuse::shop::{Databases, crm::{Crm, Customer}};

async fn wrong(dbs: &Databases, replica: ReadOnly<'_, Crm>) -> Result<()> {
    let delete = || Customer::query().delete().returning(Customer::ID).into_cte();
    let (gone, id) = delete();
    Customer::query().filter(Customer::REFERRER_ID.in_query(gone.select(id))).all(dbs).await?;
    let (gone, _) = delete();
    gone.all(replica).await?;
    Ok(())
}

fn main() {}
