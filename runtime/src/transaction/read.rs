//! Transactions that only read.

use std::{fmt, marker::PhantomData};

use super::Open;
use crate::{
    Database, Result,
    executor::{Executor, Target},
};

/// A transaction on database `D` that only reads: an executor for the models of `D`, on which a write does not
/// compile; the server would refuse it, too. See [`ReadOnly::begin`](crate::ReadOnly::begin).
///
/// Dropped or committed: it ends, and its connection goes back to the pool.
pub struct ReadTransaction<D> {
    open: Open,
    database: PhantomData<fn() -> D>,
}

impl<D: Database> ReadTransaction<D> {
    pub(crate) fn new(open: Open) -> Self {
        Self { open, database: PhantomData }
    }

    pub(super) fn into_open(self) -> Open {
        self.open
    }

    /// Ends it. What a serializable transaction read holds only once this succeeds, unless it was deferrable
    /// (<https://www.postgresql.org/docs/current/transaction-iso.html#XACT-SERIALIZABLE>).
    ///
    /// # Errors
    /// Those of the server. [`Error::Aborted`](crate::Error::Aborted) if a statement in it had failed.
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
