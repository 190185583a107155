//! Transactions that only read.

use std::{fmt, marker::PhantomData};

use super::{OpenTransaction, TransactionOptions};
use crate::{
    error::{Error, Result},
    executor::Executor,
    model::Database,
    pool::{ReadOnly, Target},
};

/// A transaction on database `D` that only reads: an executor for the models of `D` on which a write does not compile.
/// The server would refuse the write too. See [`ReadOnly::begin`](crate::ReadOnly::begin).
///
/// Whether it is dropped or committed, it ends, and its connection goes back to the pool.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::{Isolation, ReadTransaction, Result, TransactionOptions};
///
/// async fn totals(tx: &ReadTransaction<Crm>) -> Result<(i64, i64)> {
///     Ok((Customer::query().count(tx).await?, Note::query().count(tx).await?))
/// }
///
/// async fn example(dbs: &Databases) -> Result<(i64, i64)> {
///     let options = TransactionOptions::new().isolation(Isolation::RepeatableRead);
///     dbs.crm.read_only().transaction_with(options, async |tx| totals(tx).await).await
/// }
/// ```
pub struct ReadTransaction<D> {
    open: OpenTransaction,
    database: PhantomData<fn() -> D>,
}

impl<D: Database> ReadTransaction<D> {
    pub(crate) fn new(open: OpenTransaction) -> Self {
        Self { open, database: PhantomData }
    }

    pub(super) fn into_open(self) -> OpenTransaction {
        self.open
    }

    /// Ends the transaction. What a serializable transaction has read is valid only once this succeeds, unless it was
    /// deferrable
    /// (<https://www.postgresql.org/docs/current/transaction-iso.html#XACT-SERIALIZABLE>).
    ///
    /// # Errors
    /// The errors of the server. [`Error::Aborted`](crate::Error::Aborted) if a statement in it had failed.
    pub async fn commit(self) -> Result<()> {
        self.open.commit().await
    }
}

impl<D: Database> Executor<D> for ReadTransaction<D> {
    fn target(&self) -> Target<'_> {
        Target::Transaction(&self.open.lease)
    }
}

impl<D: Database> fmt::Debug for ReadTransaction<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadTransaction").field("database", &D::NAME).finish_non_exhaustive()
    }
}

impl<D: Database> ReadOnly<'_, D> {
    /// Begins a transaction that only reads, on a replica if there is one.
    ///
    /// # Errors
    /// The errors of taking a connection.
    pub async fn begin(self) -> Result<ReadTransaction<D>> {
        self.begin_with(TransactionOptions::new()).await
    }

    /// As [`begin`](Self::begin), with options: an isolation level.
    ///
    /// With [`Isolation::RepeatableRead`](crate::Isolation::RepeatableRead) all statements of the transaction see the
    /// same state. A serializable transaction runs on the primary, because a replica would refuse it.
    ///
    /// # Errors
    /// The errors of [`begin`](Self::begin).
    pub async fn begin_with(self, options: TransactionOptions) -> Result<ReadTransaction<D>> {
        let lease = self.lease(options.needs_primary()).await?;
        OpenTransaction::begin(lease, options.read_only()).await.map(ReadTransaction::new)
    }

    /// Runs `work` in a transaction that only reads, on a replica if there is one.
    ///
    /// # Errors
    /// The errors of `work`, of taking a connection, and of the server.
    pub fn transaction<T>(
        self,
        work: impl AsyncFnOnce(&ReadTransaction<D>) -> Result<T>,
    ) -> impl Future<Output = Result<T>> {
        self.try_transaction_with(TransactionOptions::new(), work)
    }

    /// As [`transaction`](Self::transaction), with options: see [`begin_with`](Self::begin_with).
    ///
    /// # Errors
    /// The errors of [`transaction`](Self::transaction).
    pub fn transaction_with<T>(
        self,
        options: TransactionOptions,
        work: impl AsyncFnOnce(&ReadTransaction<D>) -> Result<T>,
    ) -> impl Future<Output = Result<T>> {
        self.try_transaction_with(options, work)
    }

    /// As [`transaction`](Self::transaction), for work that fails with an error type of the program's own.
    ///
    /// # Errors
    /// The errors of [`transaction`](Self::transaction).
    pub fn try_transaction<T, E>(
        self,
        work: impl AsyncFnOnce(&ReadTransaction<D>) -> Result<T, E>,
    ) -> impl Future<Output = Result<T, E>>
    where
        E: From<Error>,
    {
        self.try_transaction_with(TransactionOptions::new(), work)
    }

    /// As [`transaction_with`](Self::transaction_with), for work that fails with an error type of the program's own.
    ///
    /// # Errors
    /// The errors of [`transaction`](Self::transaction).
    pub async fn try_transaction_with<T, E>(
        self,
        options: TransactionOptions,
        work: impl AsyncFnOnce(&ReadTransaction<D>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<Error>,
    {
        let transaction = self.begin_with(options).await?;
        let value = work(&transaction).await?;
        transaction.commit().await?;
        Ok(value)
    }
}
