//! Loads related rows: sends the keys of some rows, and puts the rows that come back beside those they belong to.

use std::sync::Arc;

use super::{
    LoadAll, Loads, ManyToMany, Related, Relates as _, Relation, RelationKey, Shape,
    key::Groups,
    related::KeyPath,
    shape::Collect as _,
    shape::Many,
    statement::{Content, LoadStatement, statement},
};
use crate::{
    error::{Alias, Error, Result},
    executor::Executor,
    model::{Decoder, Model},
    pool::Target,
    query::run,
};

/// A relation of `M` that a query can load beside its rows.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no relation of `{M}`",
    label = "expected a relation or a reference of `{M}`: one of its own constants",
    note = "each relation has a `with` of its own: `.with(Order::ITEMS).with(Order::CUSTOMER)`",
    note = "a relation of a related row is loaded by way of it: `Item::query().with(Item::ORDER.with(Order::INVOICE))`",
    note = "a value beside each row is no relation: `Order::query().annotate(Order::ITEMS.count())`"
)]
pub trait Load<M>: Send + Sync {
    /// What is loaded for one row.
    type Value: Clone + Send;
}

/// A relation that can be loaded on an executor `E`, which reaches its database and those of the relations inside it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no relation of `{M}`",
    label = "expected a relation or a reference of `{M}`: one of its own constants"
)]
pub trait LoadOn<M, E>: Load<M> {
    /// Loads what belongs to each of `rows`, in their order.
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
        self.share(executor.target().alias(), rows.len(), groups, found.into_iter().zip(of))
    }
}

impl<M, T: Model, K: RelationKey, S: Shape, L> Related<M, T, K, S, L> {
    /// Gives each of `rows` rows what was found for its group.
    pub(super) fn share<R: Clone + Send>(
        &self,
        connection: &Alias,
        rows: usize,
        groups: Groups<K>,
        found: impl IntoIterator<Item = (R, usize)>,
    ) -> Result<Vec<S::Of<R>>> {
        let mut by_group = vec![S::Found::default(); groups.len()];
        for (row, group) in found {
            if let Some(found) = by_group.get_mut(group) {
                found.put(row);
            }
        }
        let null = groups.without_key();
        let values: Vec<_> = groups.share(by_group).filter_map(S::value).collect();
        match rows - values.len() {
            0 => Ok(values),
            without => Err(self.incomplete(connection, without.saturating_sub(null), null)),
        }
    }
}

impl<M, T: Model, K, S: Shape, L> Related<M, T, K, S, L> {
    /// The error where a row that must exist is missing for some of the rows, and others have no key to look for.
    fn incomplete(&self, connection: &Alias, missing: usize, null: usize) -> Error {
        let connection = Arc::clone(connection);
        match self.path {
            KeyPath::Direct { ends, .. } => {
                let column = ends.near.first().map_or("?", |column| column.name);
                Error::Dangling { connection, model: T::NAME, column, missing, null }
            }
            _ => Error::NotFound { connection, model: T::NAME },
        }
    }
}

impl<M, T: Model, K: RelationKey, S, L> Related<M, T, K, S, L> {
    /// The related rows of all groups, and the group of each. Without any group, no statement is sent.
    async fn fetch(&self, target: Target<'_>, groups: &Groups<K>) -> Result<(Vec<T>, Vec<usize>)> {
        let (cached, pool, to) = match (self.cache, target, &self.path) {
            (Some(cached), Target::Pool(pool) | Target::ReadOnly(pool, None), KeyPath::Direct { to, .. }) => {
                (cached, pool, to)
            }
            _ => return self.ask(target, groups, &groups.keys(), Some).await,
        };
        let cache = cached.of(pool.caches());
        // Read before the rows: a write from now on raises the generation, and the rows read here are then outdated.
        let generation = cache.generation();
        let (mut found, mut of) = (Vec::new(), Vec::new());
        let (mut rest, mut groups_of_rest) = (Vec::new(), Vec::new());
        for (group, key) in groups.keys().into_iter().enumerate() {
            match cache.get(key, generation) {
                Some(row) => {
                    found.push(row);
                    of.push(group);
                }
                None => {
                    rest.push(key);
                    groups_of_rest.push(group);
                }
            }
        }
        // Read from the primary: a replica that lags behind could return a row as it was before a write.
        let (mut rows, mut groups) = self
            .ask(Target::Primary(pool), groups, &rest, |place| groups_of_rest.get(place).copied())
            .await?;
        for row in &rows {
            if let Some(key) = to(row) {
                cache.put(key, generation, row);
            }
        }
        found.append(&mut rows);
        of.append(&mut groups);
        Ok((found, of))
    }

    /// The related rows with these keys, and the group of each row; `group_at` is that of the key at a place among them.
    async fn ask(
        &self,
        target: Target<'_>,
        groups: &Groups<K>,
        keys: &[&K],
        group_at: impl Fn(usize) -> Option<usize> + Send + Sync,
    ) -> Result<(Vec<T>, Vec<usize>)> {
        let (mut found, mut of) = (Vec::new(), Vec::new());
        if keys.is_empty() {
            return Ok((found, of));
        }
        let arrays = K::arrays(keys);
        let LoadStatement { statement, placed } = statement(&self.path, &self.query, Content::Rows, &arrays);
        let by_key = match self.path {
            KeyPath::Direct { to, .. } if !placed => Some(to),
            _ => None,
        };
        run::for_each(target, &statement, &mut |row| {
            let mut decoder = Decoder::new(row);
            let row = T::decode(&mut decoder)?;
            let group = match by_key {
                Some(to) => to(&row).and_then(|key| groups.find(&key)),
                // The server counts positions from 1, among the keys that were sent.
                None => usize::try_from(decoder.get::<i64>()? - 1).ok().and_then(&group_at),
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
