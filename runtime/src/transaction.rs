//! A transaction of one database.

use std::{fmt, marker::PhantomData};

use crate::{
    Database, Result,
    executor::{Executor, Target, Writer},
    pool::Lease,
};

/// A transaction on database `D`. `&Transaction<D>` is an executor for the models of `D` and no others.
///
/// Dropped without [`commit`](Self::commit), it rolls back, and its connection goes back to the pool.
pub struct Transaction<D> {
    lease: Lease,
    ended: bool,
    database: PhantomData<fn() -> D>,
}

impl<D: Database> Transaction<D> {
    pub(crate) async fn begin(lease: Lease) -> Result<Self> {
        // Made first: if the caller goes away while BEGIN is under way, its drop rolls back.
        let transaction = Self { lease, ended: false, database: PhantomData };
        transaction.batch("BEGIN").await?;
        Ok(transaction)
    }

    /// Makes what was done last.
    ///
    /// # Errors
    /// Those of the server: a deferred constraint, a serialization failure. Then nothing was done.
    /// [`Error::Aborted`](crate::Error::Aborted) if a statement in it had failed.
    pub async fn commit(self) -> Result<()> {
        // COMMIT of a transaction in which a statement failed undoes it and reports no error. Any other statement
        // does report it, and stops what comes after it in the same message
        // (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT).
        self.end("SELECT; COMMIT").await
    }

    /// Undoes what was done.
    ///
    /// # Errors
    /// Those of a lost connection; the server has undone it then, too.
    pub async fn rollback(self) -> Result<()> {
        self.end("ROLLBACK").await
    }

    /// Runs SQL text of one or more statements that take no values: `SET LOCAL`, `LOCK`, DDL.
    ///
    /// # Errors
    /// Those of the server.
    pub async fn batch(&self, sql: &str) -> Result<()> {
        self.lease.batch(sql).await
    }

    async fn end(mut self, sql: &str) -> Result<()> {
        self.batch(sql).await?;
        self.ended = true;
        Ok(())
    }
}

impl<D> Drop for Transaction<D> {
    fn drop(&mut self) {
        if !self.ended {
            self.lease.roll_back();
        }
    }
}

impl<D: Database> Executor<D> for Transaction<D> {
    fn target(&self) -> Target<'_> {
        Target::Transaction(&self.lease)
    }
}

impl<D: Database> Writer<D> for Transaction<D> {}

impl<D: Database> fmt::Debug for Transaction<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("database", &D::NAME).finish_non_exhaustive()
    }
}
