//! Reading alone: from a replica where there is one.

use std::{fmt, marker::PhantomData};

use super::Shared;
use crate::{
    Database, ReadTransaction, Result, TransactionOptions,
    executor::{Executor, Intent, Target},
    transaction::Open,
};

/// A pool that only reads. See [`Pool::read_only`](crate::Pool::read_only).
pub struct ReadOnly<'a, D> {
    pool: &'a Shared,
    database: PhantomData<fn() -> D>,
}

impl<'a, D: Database> ReadOnly<'a, D> {
    pub(super) fn new(pool: &'a Shared) -> Self {
        Self { pool, database: PhantomData }
    }

    pub(crate) fn shared(&self) -> &'a Shared {
        self.pool
    }

    /// Begins a transaction that only reads, on a replica where there is one.
    ///
    /// # Errors
    /// Those of taking a connection.
    pub async fn begin(self) -> Result<ReadTransaction<D>> {
        self.begin_with(TransactionOptions::new()).await
    }

    /// As [`begin`](Self::begin), with an isolation level.
    ///
    /// [`Isolation::RepeatableRead`](crate::Isolation::RepeatableRead) makes all its statements see the same state.
    /// A serializable one runs on the primary: a replica would refuse it.
    ///
    /// # Errors
    /// Those of [`begin`](Self::begin).
    pub async fn begin_with(self, options: TransactionOptions) -> Result<ReadTransaction<D>> {
        let intent = if options.needs_primary() { Intent::Write } else { Intent::Read };
        let lease = self.pool.lease(intent).await?;
        Open::begin(lease, options.read_only()).await.map(ReadTransaction::new)
    }

    /// Runs `work` in a transaction that only reads, on a replica where there is one.
    ///
    /// # Errors
    /// Those of `work`, of taking a connection, and of the server.
    pub async fn transaction<T, E>(
        self,
        work: impl AsyncFnOnce(&ReadTransaction<D>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<crate::Error>,
    {
        self.transaction_with(TransactionOptions::new(), work).await
    }

    /// As [`transaction`](Self::transaction), with an isolation level: see [`begin_with`](Self::begin_with).
    ///
    /// # Errors
    /// Those of [`transaction`](Self::transaction).
    pub async fn transaction_with<T, E>(
        self,
        options: TransactionOptions,
        work: impl AsyncFnOnce(&ReadTransaction<D>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<crate::Error>,
    {
        let transaction = self.begin_with(options).await?;
        let value = work(&transaction).await?;
        transaction.commit().await?;
        Ok(value)
    }
}

impl<D> Clone for ReadOnly<'_, D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for ReadOnly<'_, D> {}

impl<D: Database> Executor<D> for ReadOnly<'_, D> {
    fn target(&self) -> Target<'_> {
        Target::Pool(self.pool)
    }
}

impl<D: Database> fmt::Debug for ReadOnly<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOnly").field("database", &D::NAME).field("connection", self.pool.alias()).finish()
    }
}
