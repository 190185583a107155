//! Transactions, each on one database.

mod begin;
mod elsewhere;
mod open;
mod options;
mod read;
mod retry;
mod savepoint;
mod stream_with;
mod together;

use std::{fmt, marker::PhantomData};

use crate::{
    error::{Error, Result},
    executor::{Executor, Writer},
    model::Database,
    pool::{Lease, Target},
    query::{Locked, Runs},
    sql::Effect,
};

pub(crate) use open::OpenTransaction;
pub use options::{Isolation, Retries, TransactionOptions};
pub use read::ReadTransaction;
pub use savepoint::Savepoint;
pub use stream_with::Streaming;
pub use together::{Begin, Pools, together, try_together};

/// A transaction on database `D`. `&Transaction<D>` is an executor for the models of `D` and no others.
///
/// If it is dropped without [`commit`](Self::commit), it rolls back, and its connection goes back to the pool.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::{Error, Result, Transaction};
///
/// async fn rename(id: i64, name: &str, tx: &Transaction<Crm>) -> Result<Customer> {
///     let customer = Customer::find(id).for_update().one(tx).await?;
///     customer.update().set(Customer::NAME, name).one(tx).await
/// }
///
/// async fn example(dbs: &Databases) -> Result<()> {
///     // Commits if the work returns `Ok`, else rolls back.
///     dbs.crm.transaction(async |tx| rename(1, "Ada", tx).await).await?;
///
///     // Or step by step.
///     let tx = dbs.crm.begin().await?;
///     rename(2, "Bob", &tx).await?;
///     tx.commit().await
/// }
/// ```
pub struct Transaction<D> {
    open: OpenTransaction,
    database: PhantomData<fn() -> D>,
}

impl<D: Database> Transaction<D> {
    pub(crate) fn new(open: OpenTransaction) -> Self {
        Self { open, database: PhantomData }
    }

    fn into_open(self) -> OpenTransaction {
        self.open
    }

    /// Calls `hook` after the transaction is committed, and never if it is not. Several hooks are called in the order
    /// in which they were given.
    pub fn after_commit(&self, hook: impl FnOnce() + Send + 'static) {
        self.open.after_commit(Box::new(hook));
    }

    /// Runs `work` in a savepoint of this transaction: if `work` returns an error, what it did is undone, and the
    /// transaction goes on as if `work` had not run.
    ///
    /// Two savepoints that are asked for at the same time run one after the other. To nest a savepoint, begin it on the
    /// outer savepoint, not on the transaction.
    ///
    /// # Errors
    /// The errors of `work`, and of the server; [`Error::SavepointOpen`](crate::Error::SavepointOpen) if another
    /// savepoint of the transaction was open for the whole of the pool's `acquire_timeout`.
    pub fn savepoint<T>(
        &self,
        work: impl AsyncFnOnce(&Savepoint<'_, D>) -> Result<T>,
    ) -> impl Future<Output = Result<T>> {
        self.try_savepoint(work)
    }

    /// As [`savepoint`](Self::savepoint), for work that fails with an error type of the program's own.
    ///
    /// # Errors
    /// The errors of [`savepoint`](Self::savepoint).
    pub async fn try_savepoint<T, E>(
        &self,
        work: impl AsyncFnOnce(&Savepoint<'_, D>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<Error>,
    {
        savepoint::run(&self.open.lease, &self.open.savepoints, work).await
    }

    /// Commits the transaction.
    ///
    /// # Errors
    /// The errors of the server: a deferred constraint, a serialization failure. Then nothing that the transaction did
    /// is stored; where servers of foreign tables may have stored their part, the error is
    /// [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown). [`Error::Aborted`](crate::Error::Aborted) if a statement in it had
    /// failed.
    ///
    /// If the connection breaks during the commit, the server is asked for the outcome on another connection, for
    /// `acquire_timeout` at most. If it reports that the transaction is committed, `commit` succeeds; if not, it fails
    /// with [`Error::NotCommitted`](crate::Error::NotCommitted), and with
    /// [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown) if the outcome cannot be found out.
    pub async fn commit(self) -> Result<()> {
        self.open.commit().await
    }

    /// Rolls the transaction back, which undoes what it did.
    ///
    /// # Errors
    /// The errors of a lost connection: in that case the server rolls the transaction back too.
    pub async fn rollback(self) -> Result<()> {
        self.open.rollback().await
    }

    /// Runs SQL text of one or more statements without parameters: `SET LOCAL`, `LOCK`, DDL.
    ///
    /// # Errors
    /// The errors of the server; [`Error::SessionState`](crate::Error::SessionState) if the text would end the transaction.
    pub async fn batch(&self, sql: &str) -> Result<()> {
        batch(&self.open.lease, sql).await
    }
}

/// Runs SQL text of one or more statements in a transaction, which it must not end.
async fn batch(lease: &Lease, sql: &str) -> Result<()> {
    // `commit` would report a transaction as stored that is not, and an error would undo nothing.
    if let Some(statement) = Effect::end_of_transaction(sql) {
        return Err(Error::SessionState { connection: lease.alias().clone(), statement });
    }
    lease.written().note_all();
    lease.set_may_have_changed(true);
    let effect = Effect::of(sql);
    let is_known = matches!(effect, Effect::Changes(_));
    if is_known && !lease.is_own() && Effect::outlasts_transaction(sql) {
        return Err(Error::SharedSession { connection: lease.alias().clone() });
    }
    // A setting made inside a transaction is kept after its commit, also one that a `DO` block or a function makes.
    lease.mark_free(effect);
    lease.batch(sql).await
}

impl<D: Database> Executor<D> for Transaction<D> {
    fn target(&self) -> Target<'_> {
        Target::Transaction(&self.open.lease)
    }
}

impl<D: Database> Writer<D> for Transaction<D> {}

impl<D> Runs<Locked> for Transaction<D> {}

impl<D: Database> fmt::Debug for Transaction<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("database", &D::NAME).finish_non_exhaustive()
    }
}
