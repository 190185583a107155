//! The IDs of a reference for which the other database has no row.

use std::pin::Pin;

use futures_util::{Stream, TryStreamExt, stream};
use postgres_types::{FromSqlOwned, ToSql};

use super::{Reference, RelationKey};
use crate::{
    error::Result,
    executor::Executor,
    model::Model,
    pool::Target,
    query::run,
    sql::{Intent, SqlWriter},
};

const KEY: &str = "\"ormgen key\"";
const TARGET: &str = "\"ormgen target\"";

/// How many IDs each statement asks for.
const BATCH: u32 = 1000;

/// The IDs of a reference for which the other database has no row, each once. See
/// [`Reference::orphans`](super::Relation::orphans).
#[derive(Debug)]
#[must_use = "nothing is asked before it is run: `.count(&dbs).await`"]
pub struct Orphans<M, T: Model, A> {
    reference: Reference<M, T, (A,)>,
    batch: u32,
}

impl<M: Model, T: Model, A> Reference<M, T, (A,)>
where
    (A,): RelationKey,
{
    /// Finds the IDs for which the other database has no row, each once, in ascending order; NULL does not count as an
    /// ID.
    ///
    /// It alternates between both databases, one batch of distinct IDs at a time, so memory stays constant, and an
    /// index on the column keeps each statement short. Rows that are written meanwhile may or may not be seen.
    ///
    /// ```
    /// # mod db { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/guide.rs")); }
    /// # use db::{Databases, orders::Order};
    /// # use ormgen_runtime::{Result, prelude::*};
    /// # async fn example(dbs: Databases) -> Result<()> {
    /// use futures_util::TryStreamExt;
    ///
    /// let count = Order::CUSTOMER.orphans().count(&dbs).await?;
    /// println!("{count} orders of unknown customers");
    /// let mut lost = Order::CUSTOMER.orphans().stream(&dbs).await?;
    /// while let Some(customer_id) = lost.try_next().await? {
    ///     println!("there is no customer {customer_id}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub const fn orphans(self) -> Orphans<M, T, A> {
        Orphans { reference: self, batch: BATCH }
    }
}

impl<M: Model, T: Model, A> Orphans<M, T, A>
where
    A: FromSqlOwned + ToSql + Clone + Send + Sync + 'static,
{
    /// Asks for this many IDs per statement, instead of 1000; at least for one.
    pub const fn batch(mut self, ids: u32) -> Self {
        self.batch = if ids == 0 { 1 } else { ids };
        self
    }

    /// Streams the IDs as they are found. `E` reaches both databases.
    ///
    /// # Errors
    /// None at once: the stream has the errors of taking a connection and of the servers.
    pub async fn stream<'e, E>(
        self,
        executor: E,
    ) -> Result<Pin<Box<dyn Stream<Item = Result<A>> + Send + 'e>>>
    where
        E: Executor<M::Db> + Executor<T::Db> + 'e,
    {
        let batches = self.batches(executor);
        Ok(Box::pin(batches.map_ok(|ids| stream::iter(ids.into_iter().map(Ok))).try_flatten()))
    }

    /// All of the IDs at once: where there may be many, [`stream`](Self::stream) keeps none in memory.
    ///
    /// # Errors
    /// The errors of taking a connection and of the servers.
    pub async fn all<E>(self, executor: E) -> Result<Vec<A>>
    where
        E: Executor<M::Db> + Executor<T::Db>,
    {
        self.batches(executor).try_concat().await
    }

    /// Counts the IDs.
    ///
    /// # Errors
    /// The errors of taking a connection and of the servers.
    pub async fn count<E>(self, executor: E) -> Result<u64>
    where
        E: Executor<M::Db> + Executor<T::Db>,
    {
        let batches = self.batches(executor);
        batches.try_fold(0, async |count, ids| Ok(count + ids.len() as u64)).await
    }

    /// For each batch of IDs, those for which the other database has no row.
    fn batches<E>(self, executor: E) -> impl Stream<Item = Result<Vec<A>>> + Send
    where
        E: Executor<M::Db> + Executor<T::Db>,
    {
        let start = (self, executor, NextBatch::First);
        stream::try_unfold(start, async |(orphans, executor, page)| {
            let after = match page {
                NextBatch::First => None,
                NextBatch::After(last) => Some(last),
                NextBatch::None => return Ok(None),
            };
            let ids = orphans.ids(Executor::<M::Db>::target(&executor), after).await?;
            let full = u32::try_from(ids.len()).is_ok_and(|count| count == orphans.batch);
            let next = match ids.last() {
                Some(last) if full => NextBatch::After(last.clone()),
                _ => NextBatch::None,
            };
            let missing = orphans.missing(Executor::<T::Db>::target(&executor), ids).await?;
            Ok(Some((missing, (orphans, executor, next))))
        })
    }

    /// The next batch of distinct IDs, in ascending order.
    async fn ids(&self, target: Target<'_>, after: Option<A>) -> Result<Vec<A>> {
        let ends = self.reference.ends;
        let (Some(column), Some(ty)) = (ends.near.first(), ends.near_types().next()) else {
            return Ok(Vec::new());
        };
        let limit = i64::from(self.batch);
        let mut sql = SqlWriter::new(M::TABLE);
        sql.push("SELECT ").push(KEY).push("::").push(ty).push(" FROM (SELECT DISTINCT ").push(column.name);
        sql.push(" AS ").push(KEY).push(" FROM ").push(M::TABLE).push(" WHERE ").push(column.name);
        match &after {
            Some(last) => sql.push(" > ").value(last).push("::").push(ty),
            None => sql.push(" IS NOT NULL"),
        };
        sql.push(" ORDER BY ").push(KEY).push(" LIMIT ").value(&limit).push(") AS ").push(KEY);
        sql.push(" ORDER BY ").push(KEY);
        let statement = sql.finish(Intent::Read).named(M::NAME, "orphans").on(M::TABLE);
        run::all(target, &statement, |row| row.get()).await
    }

    /// Those of `ids` for which no row of `T` exists.
    async fn missing(&self, target: Target<'_>, ids: Vec<A>) -> Result<Vec<A>> {
        let ends = self.reference.ends;
        let (Some(column), Some(ty)) = (ends.far.first(), ends.types().next()) else {
            return Ok(Vec::new());
        };
        if ids.is_empty() {
            return Ok(ids);
        }
        let mut sql = SqlWriter::new(T::TABLE);
        sql.push("SELECT ").push(KEY).push(" FROM UNNEST(").value(&ids).push("::").push(ty).push("[]) AS ");
        sql.push(KEY).push(" WHERE NOT EXISTS (SELECT FROM ").push(T::TABLE).push(" AS ").push(TARGET);
        sql.push(" WHERE ").push(TARGET).push(".").push(column.name).push(" = ").push(KEY);
        sql.push(") ORDER BY ").push(KEY);
        let statement = sql.finish(Intent::Read).named(T::NAME, "orphans").on(T::TABLE);
        run::all(target, &statement, |row| row.get()).await
    }
}

/// Where the next batch begins.
enum NextBatch<A> {
    First,
    After(A),
    None,
}
