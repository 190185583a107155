//! Transactions inside a transaction.

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
/// It ends with the closure that it was made for. A statement on the transaction itself, in the meantime, is a part of
/// it as well: the server has one innermost savepoint
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
    /// Savepoints inside this one.
    inner: Turn,
    number: u64,
    ended: bool,
    database: PhantomData<fn() -> D>,
}

/// Whose turn it is to have a savepoint. The server keeps them on a stack, so that of two at the same time the one
/// begun first would undo what the other did; they have to come one after the other.
#[derive(Debug, Default)]
pub(super) struct Turn(tokio::sync::Mutex<()>);

pub(super) async fn run<D: Database, T, E: From<Error>>(
    lease: &Lease,
    turn: &Turn,
    work: impl AsyncFnOnce(&Savepoint<'_, D>) -> Result<T, E>,
) -> Result<T, E> {
    let waited = lease.acquire_timeout();
    // One that is asked for within another's closure, on what that one is a part of, would wait for ever.
    let Ok(_turn) = tokio::time::timeout(waited, turn.0.lock()).await else {
        return Err(Error::SavepointOpen { connection: lease.alias().clone(), waited }.into());
    };
    // Made first: if the caller goes away while SAVEPOINT is on its way, its drop undoes it. Each has a name of its own,
    // so that none is taken for another one.
    let number = lease.savepoint_number();
    let mut savepoint =
        Savepoint { lease, inner: Turn::default(), number, ended: false, database: PhantomData };
    // What the server refused is not to be undone.
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

/// Undoes what the savepoint did, and takes it off the stack.
fn undo(number: u64) -> String {
    format!("ROLLBACK TO SAVEPOINT ormgen_{number}; RELEASE SAVEPOINT ormgen_{number}")
}

impl<D: Database> Savepoint<'_, D> {
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

    /// If the caller goes away while this is on its way, it ends the savepoint all the same: nothing is left to be undone.
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
