//! Savepoints: transactions inside a transaction.

use std::{fmt, marker::PhantomData};

use crate::{
    error::{Error, Result},
    executor::{Executor, Writer},
    model::Database,
    pool::{Lease, Target},
    query::{Locked, Runs},
};

/// A savepoint of a transaction on database `D`. `&Savepoint<D>` is an executor for the models of `D`.
///
/// It ends with the closure that it was made for. A statement that is meanwhile run on the transaction itself belongs
/// to the savepoint as well, because the server attributes every statement to the innermost savepoint
/// (<https://www.postgresql.org/docs/current/sql-savepoint.html>).
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::{Error, Result, Savepoint};
///
/// async fn example(dbs: &Databases) -> Result<()> {
///     dbs.crm
///         .transaction(async |tx| {
///             // If the name is taken, the transaction goes on without the row.
///             let new = NewCustomer { name: "Ada".into() };
///             let stored = tx.savepoint(async |sp: &Savepoint<'_, Crm>| Customer::insert(new).one(sp).await).await;
///             match stored {
///                 Err(Error::UniqueViolation(_)) => Ok(()),
///                 stored => stored.map(drop),
///             }
///         })
///         .await
/// }
/// ```
pub struct Savepoint<'t, D> {
    lease: &'t Lease,
    /// Lets one savepoint inside this one run at a time.
    inner: Turn,
    number: u64,
    ended: bool,
    database: PhantomData<fn() -> D>,
}

/// Lets one savepoint run at a time. The server keeps savepoints on a stack: of two that overlapped, undoing the one
/// begun first would also undo the other.
#[derive(Debug, Default)]
pub(super) struct Turn(tokio::sync::Mutex<()>);

pub(super) async fn run<D: Database, T, E: From<Error>>(
    lease: &Lease,
    turn: &Turn,
    work: impl AsyncFnOnce(&Savepoint<'_, D>) -> Result<T, E>,
) -> Result<T, E> {
    let waited = lease.acquire_timeout();
    // A savepoint that is begun inside another's closure, but on the outer transaction or savepoint, would wait for
    // ever.
    let Ok(_turn) = tokio::time::timeout(waited, turn.0.lock()).await else {
        return Err(Error::SavepointOpen { connection: lease.alias().clone(), waited }.into());
    };
    // Created before the `SAVEPOINT`: if the caller drops the future while it is under way, dropping `savepoint` undoes
    // it. Each savepoint has a name of its own, so that none is mistaken for another.
    let number = lease.savepoint_number();
    let mut savepoint =
        Savepoint { lease, inner: Turn::default(), number, ended: false, database: PhantomData };
    // If the server refused the savepoint, there is nothing to undo.
    lease.batch(&format!("SAVEPOINT ormgen_{number}")).await.inspect_err(|_| savepoint.ended = true)?;
    let value = match work(&savepoint).await {
        Ok(value) => value,
        Err(error) => {
            savepoint.end(&undo(number)).await?;
            return Err(error);
        }
    };
    savepoint.end(&format!("RELEASE SAVEPOINT ormgen_{number}")).await?;
    Ok(value)
}

/// The SQL that undoes what the savepoint did, and removes it from the stack.
fn undo(number: u64) -> String {
    format!("ROLLBACK TO SAVEPOINT ormgen_{number}; RELEASE SAVEPOINT ormgen_{number}")
}

impl<D: Database> Savepoint<'_, D> {
    /// Runs SQL text of one or more statements without parameters, as [`Transaction::batch`](super::Transaction::batch) does.
    ///
    /// # Errors
    /// Those of [`Transaction::batch`](super::Transaction::batch).
    pub async fn batch(&self, sql: &str) -> Result<()> {
        super::batch(self.lease, sql).await
    }

    /// Runs `work` in a savepoint inside this one.
    ///
    /// # Errors
    /// The errors of `work`, and of the server.
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
        Box::pin(run(self.lease, &self.inner, work)).await
    }

    /// Ends the savepoint by `sql`. If the caller drops the future while it is under way, the statement ends the
    /// savepoint nevertheless, and nothing is left to undo.
    async fn end(&mut self, sql: &str) -> Result<()> {
        self.ended = true;
        self.lease.batch(sql).await.inspect_err(|_| self.ended = false)
    }
}

impl<D> Drop for Savepoint<'_, D> {
    fn drop(&mut self) {
        if !self.ended {
            self.lease.send(&undo(self.number));
        }
    }
}

impl<D: Database> Executor<D> for Savepoint<'_, D> {
    fn target(&self) -> Target<'_> {
        Target::Transaction(self.lease)
    }
}

impl<D: Database> Writer<D> for Savepoint<'_, D> {}

impl<D> Runs<Locked> for Savepoint<'_, D> {}

impl<D: Database> fmt::Debug for Savepoint<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Savepoint").field("database", &D::NAME).finish_non_exhaustive()
    }
}
