//! Queries that load related rows beside their own.

use super::{Append, Load, LoadAll};
use crate::{
    error::Result,
    executor::Executor,
    model::Model,
    query::{Query, Reads as _, run},
};

/// A query of `M` and the relations that are loaded with it. Each row comes as a tuple: the model, then what each
/// relation loaded.
#[derive(Debug)]
#[must_use = "a query does nothing until it is run: `.all(&dbs).await`"]
pub struct With<M, S, L> {
    query: Query<M, S>,
    relations: L,
}

impl<M: Model, S> Query<M, S> {
    /// Loads a relation, or a reference into another database, with the rows: one statement for all of them.
    pub fn with<R: Load<M>>(self, relation: R) -> With<M, S, (R,)> {
        With { query: self, relations: (relation,) }
    }
}

impl<M: Model, S: Send + Sync, L> With<M, S, L> {
    /// Loads one more relation, at the same time as those before.
    pub fn with<R: Load<M>>(self, relation: R) -> With<M, S, L::Output>
    where
        L: Append<R>,
    {
        With { query: self.query, relations: self.relations.append(relation) }
    }

    /// Every row.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn all<E>(self, executor: E) -> Result<Vec<L::Row>>
    where
        E: Executor<M::Db>,
        L: LoadAll<M, E>,
    {
        let rows = self.rows(&executor).await?;
        self.relations.load_all(&executor, rows).await
    }

    /// The only row.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none, [`Error::TooManyRows`](crate::Error::TooManyRows) if there are several.
    pub async fn one<E>(self, executor: E) -> Result<L::Row>
    where
        E: Executor<M::Db>,
        L: LoadAll<M, E>,
    {
        let row = self.only(&executor).await?;
        run::exactly_one(&executor.target(), M::NAME, row)
    }

    /// The only row, if there is one.
    ///
    /// # Errors
    /// [`Error::TooManyRows`](crate::Error::TooManyRows) if there are several.
    pub async fn optional<E>(self, executor: E) -> Result<Option<L::Row>>
    where
        E: Executor<M::Db>,
        L: LoadAll<M, E>,
    {
        self.only(&executor).await
    }

    /// The first row of several, in the query's order.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn first<E>(mut self, executor: E) -> Result<Option<L::Row>>
    where
        E: Executor<M::Db>,
        L: LoadAll<M, E>,
    {
        self.query.at_most(1);
        let rows = self.rows(&executor).await?;
        Ok(self.relations.load_all(&executor, rows).await?.pop())
    }

    async fn only<E>(mut self, executor: &E) -> Result<Option<L::Row>>
    where
        E: Executor<M::Db>,
        L: LoadAll<M, E>,
    {
        self.query.at_most(2);
        let rows = self.rows(executor).await?;
        run::at_most_one(&executor.target(), M::NAME, rows.len())?;
        Ok(self.relations.load_all(executor, rows).await?.pop())
    }

    async fn rows(&self, executor: &impl Executor<M::Db>) -> Result<Vec<M>> {
        run::all(executor.target(), &self.query.statement("all"), M::decode).await
    }
}
