//! Transactions, each of one database.

mod options;
mod savepoint;

use std::{
    fmt,
    marker::PhantomData,
    sync::{Mutex, PoisonError},
};

use crate::{
    Database, Result,
    executor::{Executor, Target, Writer},
    pool::Lease,
};

pub use options::{Isolation, Retries, TransactionOptions};
pub use savepoint::Savepoint;

/// A transaction on database `D`. `&Transaction<D>` is an executor for the models of `D` and no others.
///
/// Dropped without [`commit`](Self::commit), it rolls back, and its connection goes back to the pool.
pub struct Transaction<D> {
    lease: Lease,
    ended: bool,
    hooks: Mutex<Vec<Hook>>,
    database: PhantomData<fn() -> D>,
}

/// What is done once a transaction is committed.
type Hook = Box<dyn FnOnce() + Send>;

impl<D: Database> Transaction<D> {
    pub(crate) async fn begin(lease: Lease, options: TransactionOptions) -> Result<Self> {
        // Made first: if the caller goes away while BEGIN is under way, its drop rolls back.
        let transaction = Self { lease, ended: false, hooks: Mutex::default(), database: PhantomData };
        transaction.batch(&options.begin()).await?;
        Ok(transaction)
    }

    /// Has `hook` called once the transaction is committed, in the order they were given; never if it is not.
    pub fn after_commit(&self, hook: impl FnOnce() + Send + 'static) {
        self.hooks.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(hook));
    }

    /// Runs `work` in a savepoint of this transaction: if it returns an error, what it did is undone, and the
    /// transaction goes on as if it had not been.
    ///
    /// # Errors
    /// Those of `work`, and of the server.
    pub async fn savepoint<T, E>(
        &self,
        work: impl AsyncFnOnce(&Savepoint<'_, D>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<crate::Error>,
    {
        savepoint::run(&self.lease, work).await
    }

    /// Makes what was done last.
    ///
    /// # Errors
    /// Those of the server: a deferred constraint, a serialization failure. Then nothing was done.
    /// [`Error::Aborted`](crate::Error::Aborted) if a statement in it had failed.
    pub async fn commit(mut self) -> Result<()> {
        let hooks = std::mem::take(self.hooks.get_mut().unwrap_or_else(PoisonError::into_inner));
        // COMMIT of a transaction in which a statement failed undoes it and reports no error. Any other statement
        // does report it, and stops what comes after it in the same message
        // (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT).
        self.end("SELECT; COMMIT").await?;
        hooks.into_iter().for_each(|hook| hook());
        Ok(())
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
