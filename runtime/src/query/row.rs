//! What can be done with one row that was read: change it, delete it, read it again.

use super::{
    ByKey, Delete, Fetch as _, Queries, Update, assign::write_stored, find::write_key, run, write::Returned,
};
use crate::{
    error::Result,
    executor::{AtPrimary, Executor, Writer},
    model::{Fields, Keyed, Model, Writable},
    sql::{ColumnDef, Intent, Sharing, SqlWriter, Statement, Value},
};

/// Changes, deletes, saves and refreshes a row. In scope through the [prelude](crate::prelude).
pub trait Row: Model {
    /// An update of this row in the database, by its key: `row.update().set(…).one(&dbs)`.
    fn update(&self) -> Update<Self, ByKey<Self>>
    where
        Self: Keyed,
        Self::Kind: Writable,
    {
        Self::find(self.key()).update()
    }

    /// A delete of this row from the database, by its key: `row.delete().execute(&dbs)`.
    fn delete(&self) -> Delete<Self, ByKey<Self>>
    where
        Self: Keyed,
        Self::Kind: Writable,
    {
        Self::find(self.key()).delete()
    }

    /// Stores the columns that differ from `before`, the same row as it was read, and returns the row as it is now.
    ///
    /// ```
    /// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
    /// # use shop::*;
    /// # use ormgen_runtime::{Result, prelude::*};
    /// # async fn example(dbs: &Databases) -> Result<()> {
    /// let before = Customer::find(7).one(dbs).await?;
    /// let mut customer = before.clone();
    /// customer.name = "Ada".into();
    /// let customer = customer.save(&before, dbs).await?;
    /// # let _ = customer;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Columns that are equal are not sent, so that changes to them by other transactions in the meantime are kept.
    /// Where all are equal, no statement is sent.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if the row no longer exists; the errors of taking a connection and
    /// of the server, which refuses a new value for a generated column.
    fn save(self, before: &Self, executor: impl Writer<Self::Db>) -> impl Future<Output = Result<Self>> + Send
    where
        Self: Keyed,
        Self::Kind: Writable,
    {
        async move {
            let key = before.key();
            let changes = Fields::of(&self).changes::<Self>(&Fields::of(before));
            if changes.is_empty() {
                return Ok(self);
            }
            run::one(executor.target_for(Intent::Write)?, &save::<Self>(&changes, &key), Self::decode).await
        }
    }

    /// Reads the row again, from the primary unless the executor was asked for a replica.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if the row no longer exists; the errors of taking a connection and
    /// of the server.
    fn refresh(&mut self, executor: impl Executor<Self::Db>) -> impl Future<Output = Result<()>> + Send
    where
        Self: Keyed,
    {
        async move {
            *self = Self::find(self.key()).one(AtPrimary(executor)).await?;
            Ok(())
        }
    }
}

impl<M: Model> Row for M {}

fn save<'a, M: Keyed>(changes: &[(&'static ColumnDef, Value<'a>)], key: &'a M::Key) -> Statement<'a> {
    let mut sql = SqlWriter::new(M::TABLE);
    sql.push("UPDATE ").push(M::TABLE).push(" SET ").list(", ", changes, |sql, (column, value)| {
        sql.push(column.name).push(" = ");
        write_stored(sql, column, |sql| {
            sql.value(*value);
        });
    });
    write_key::<M>(sql.push(" WHERE "), key);
    Returned::row::<M>().write(&mut sql);
    sql.finish(Intent::Write).shared(Sharing::Commit).named(M::NAME, "save").on(M::TABLE).rows_of(M::COLUMNS)
}
