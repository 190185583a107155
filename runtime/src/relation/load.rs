//! Loading: the keys go out, rows come back, and are put beside those they belong to.

use super::{
    LoadAll, Loads, ManyToMany, Related, Relates, Relation, RelationKey, Shape,
    key::Groups,
    related::Path,
    shape::Many,
    statement::{Statement, statement},
};
use crate::{
    Error, Result,
    executor::{Executor, Intent, Target},
    model::{Decoder, Model},
    query::{call, rows},
};

/// What a query of `M` can load beside its rows: a relation of `M`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no relation of `{M}`",
    label = "expected a relation or a reference of `{M}`: one of its own constants"
)]
pub trait Load<M>: Send + Sync {
    /// What is loaded for one row.
    type Value: Clone + Send;
}

/// The same, on an executor that reaches its database and those of the relations it loads in turn.
#[diagnostic::on_unimplemented(
    message = "the relation cannot be loaded on `{E}`",
    label = "it leads to a database that this executor does not serve",
    note = "a reference into another database is loaded on `&dbs`, which reaches both"
)]
pub trait LoadOn<M, E>: Load<M> {
    /// What belongs to each of `rows`, in their order.
    #[doc(hidden)]
    fn load_on(&self, executor: &E, rows: &[M]) -> impl Future<Output = Result<Vec<Self::Value>>> + Send;
}

impl<M, T: Model, K: RelationKey, S: Shape, L: Loads<T>> Load<M> for Related<M, T, K, S, L> {
    type Value = S::Of<L::Row>;
}

impl<M, T, K, S, L, E> LoadOn<M, E> for Related<M, T, K, S, L>
where
    M: Sync,
    T: Model,
    K: RelationKey,
    S: Shape,
    L: LoadAll<T, E>,
    E: Executor<T::Db>,
{
    async fn load_on(&self, executor: &E, rows: &[M]) -> Result<Vec<Self::Value>> {
        let groups = Groups::new(rows, self.from);
        let (found, of) = self.fetch(executor.target(), &groups).await?;
        let found = self.nested.load_all(executor, found).await?;
        let mut held = vec![S::Held::default(); groups.len()];
        for (row, group) in found.into_iter().zip(of) {
            if let Some(held) = held.get_mut(group) {
                S::put(held, row);
            }
        }
        let values: Option<Vec<_>> = groups.share(held).map(S::value).collect();
        // It may have gone between the two statements: outside a transaction they see two states.
        values
            .ok_or_else(|| Error::NotFound { connection: executor.target().alias().clone(), model: T::NAME })
    }
}

impl<M, T: Model, K: RelationKey, S, L> Related<M, T, K, S, L> {
    /// The rows of all groups, and each one's group. Where there is no group, nothing is asked.
    async fn fetch(&self, target: Target<'_>, groups: &Groups<K>) -> Result<(Vec<T>, Vec<usize>)> {
        let (mut found, mut of) = (Vec::new(), Vec::new());
        if groups.len() == 0 {
            return Ok((found, of));
        }
        let arrays = groups.arrays();
        let Statement { sql, values, placed } = statement(&self.path, &self.query, &arrays);
        let by_key = match self.path {
            Path::Direct { to, .. } if !placed => Some(to),
            _ => None,
        };
        let call = call::<T>(sql, "with");
        rows::for_each(target, Intent::Read, &call, &values, T::COLUMNS, &mut |row| {
            let mut decoder = Decoder::new(row);
            let row = T::decode(&mut decoder)?;
            let group = match by_key {
                Some(to) => to(&row).and_then(|key| groups.find(&key)),
                // The server counts from 1.
                None => usize::try_from(decoder.get::<i64>()? - 1).ok(),
            };
            if let Some(group) = group {
                found.push(row);
                of.push(group);
            }
            Ok(())
        })
        .await?;
        Ok((found, of))
    }
}

impl<M, T: Model + Clone, K: RelationKey, S: Shape> Load<M> for Relation<M, T, K, S> {
    type Value = S::Of<T>;
}

impl<M, T, K, S, E> LoadOn<M, E> for Relation<M, T, K, S>
where
    M: Sync,
    T: Model + Clone,
    K: RelationKey,
    S: Shape,
    E: Executor<T::Db>,
{
    async fn load_on(&self, executor: &E, rows: &[M]) -> Result<Vec<Self::Value>> {
        self.related().load_on(executor, rows).await
    }
}

impl<M, T: Model + Clone, K: RelationKey, L> Load<M> for ManyToMany<M, T, K, L> {
    type Value = <Many as Shape>::Of<T>;
}

impl<M, T, K, L, E> LoadOn<M, E> for ManyToMany<M, T, K, L>
where
    M: Sync,
    T: Model + Clone,
    K: RelationKey,
    E: Executor<T::Db>,
{
    async fn load_on(&self, executor: &E, rows: &[M]) -> Result<Vec<Self::Value>> {
        self.related().load_on(executor, rows).await
    }
}
