//! Transactions inside a transaction.

use std::{fmt, marker::PhantomData};

use crate::{
    error::{Error, Result},
    executor::{Executor, Writer},
    model::Database,
    pool::{Session, Target},
};

/// A savepoint of a transaction on database `D`. `&Savepoint<D>` is an executor for the models of `D`.
///
/// All savepoints have one name: PostgreSQL keeps them on a stack and means the last one of a name
/// (<https://www.postgresql.org/docs/current/sql-savepoint.html>).
pub struct Savepoint<'t, D> {
    session: &'t Session,
    ended: bool,
    database: PhantomData<fn() -> D>,
}

/// Undoes what the savepoint did, and takes it off the stack.
const UNDO: &str = "ROLLBACK TO SAVEPOINT ormgen; RELEASE SAVEPOINT ormgen";

pub(super) async fn run<D: Database, T, E: From<Error>>(
    session: &Session,
    work: impl AsyncFnOnce(&Savepoint<'_, D>) -> Result<T, E>,
) -> Result<T, E> {
    session.batch("SAVEPOINT ormgen").await?;
    let mut savepoint = Savepoint { session, ended: false, database: PhantomData };
    let value = match work(&savepoint).await {
        Ok(value) => value,
        Err(error) => {
            savepoint.end(UNDO).await?;
            return Err(error);
        }
    };
    savepoint.end("RELEASE SAVEPOINT ormgen").await?;
    Ok(value)
}

impl<D: Database> Savepoint<'_, D> {
    /// Runs `work` in a savepoint inside this one.
    ///
    /// # Errors
    /// Those of `work`, and of the server.
    pub async fn savepoint<T, E>(
        &self,
        work: impl AsyncFnOnce(&Savepoint<'_, D>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<Error>,
    {
        Box::pin(run(self.session, work)).await
    }

    async fn end(&mut self, sql: &str) -> Result<()> {
        self.session.batch(sql).await?;
        self.ended = true;
        Ok(())
    }
}

impl<D> Drop for Savepoint<'_, D> {
    fn drop(&mut self) {
        if !self.ended {
            self.session.send(UNDO);
        }
    }
}

impl<D: Database> Executor<D> for Savepoint<'_, D> {
    fn target(&self) -> Target<'_> {
        Target::Transaction(self.session)
    }
}

impl<D: Database> Writer<D> for Savepoint<'_, D> {}

impl<D: Database> fmt::Debug for Savepoint<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Savepoint").field("database", &D::NAME).finish_non_exhaustive()
    }
}
