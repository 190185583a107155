//! Queries that load related rows beside their own.

use std::fmt;

use super::{Append, Joined, Load, LoadAll, NoRelations};
use crate::{
    error::Result,
    executor::Executor,
    expr::{BesideRow, IntoFilter, IntoOrder, OfRows},
    model::{Keyed, Model},
    query::{
        Annotated, Fetch as _, Find, IntoCursor, Keyset, Lock, Locked, Narrow, Page, Paged, Query, ReadDb,
        Reads, RowCount, Runs, Select, Selection, SortKey, WholeRows, locks, not_yet, run,
    },
};

/// A query with the relations that are loaded with it. It returns each row as a tuple: the model, then what each
/// relation loaded for it.
#[derive(Clone, Debug)]
#[must_use = "a query does nothing until it is run: `.all(&dbs).await`"]
pub struct With<Q, L> {
    pub(crate) query: Q,
    pub(crate) relations: L,
}

/// The type of a returned row with its related rows.
pub(crate) type RowWith<Q, L> = <Q as WholeRows>::Whole<<L as super::Loads<<Q as Reads>::Model>>::Row>;

impl<M: Model, S> Query<M, S> {
    /// Loads a relation, or a reference into another database, with the rows: one statement for all of them.
    pub fn with<R: Load<M>>(self, relation: R) -> With<Self, (R,)> {
        With { query: self, relations: (relation,) }
    }
}

impl<M: Keyed, S> Find<M, S> {
    /// Loads a relation, or a reference into another database, with the row:
    /// `Product::find(id).with(Product::CATEGORY).one(&dbs)`.
    pub fn with<R: Load<M>>(self, relation: R) -> With<Self, (R,)> {
        With { query: self, relations: (relation,) }
    }
}

impl<M: Model, S, C: Selection<M>> Annotated<M, S, C> {
    /// Loads a relation, or a reference into another database, with the rows: one statement for all of them. A row is
    /// returned as a pair: the model with what was loaded, and the values.
    pub fn with<R: Load<M>>(self, relation: R) -> With<Self, (R,)> {
        With { query: self, relations: (relation,) }
    }
}

impl<M: Model, S, L> With<Query<M, S>, L> {
    /// Adds to each row an expression, or a tuple of them; see [`Query::annotate`].
    pub fn annotate<C: Selection<M, Place: BesideRow>>(self, values: C) -> With<Annotated<M, S, C>, L> {
        With { query: self.query.annotate(values), relations: self.relations }
    }

    /// Selects columns in place of whole rows, beside which relations are loaded: so this compiles for no query that
    /// loads any.
    pub fn select<C: Selection<M>>(self, columns: C) -> Select<M, S, C>
    where
        L: NoRelations,
    {
        self.query.select(columns)
    }
}

/// The locks of a query of rows: those of `M` are locked, not what is loaded with them.
macro_rules! locks_with {
    ($([$($generics:tt)*] $query:ty => $locked:ty;)*) => {$(
        impl<$($generics)*, S, L> With<$query, L> {
            fn locked(self, lock: Option<Lock>) -> With<$locked, L> {
                With { query: self.query.locked(lock), relations: self.relations }
            }
        }

        impl<$($generics)*, L> With<$locked, L> {
            fn waiting(self, wait: &'static str) -> Self {
                Self { query: self.query.waiting(wait), ..self }
            }
        }

        locks!([$($generics)*, L] S: With<$query, L> => With<$locked, L>);
    )*};
}

locks_with! {
    [M: Model] Query<M, S> => Query<M, Locked>;
    [M: Keyed] Find<M, S> => Find<M, Locked>;
    [M: Model, C] Annotated<M, S, C> => Annotated<M, Locked, C>;
    [M: Model, R] Select<M, S, Joined<R>> => Select<M, Locked, Joined<R>>;
}

impl<Q: Narrow + WholeRows, L> With<Q, L> {
    /// Keeps only rows for which `filter` and every filter given before hold. `None` adds no condition. To filter the
    /// related rows, filter their relation: `.with(Order::ITEMS.filter(…))`.
    pub fn filter<P: OfRows>(self, filter: impl IntoFilter<Q::Model, P>) -> Self {
        Self { query: self.query.narrowed(filter), ..self }
    }

    /// Sorts by `order`, a single term or a tuple of them, after every order given before.
    pub fn order_by(self, order: impl IntoOrder<Q::Model>) -> Self {
        Self { query: self.query.sorted(order), ..self }
    }

    /// Returns at most this many rows. `None` changes nothing.
    pub fn limit(self, rows: impl RowCount) -> Self {
        Self { query: self.query.limited(rows.rows(), None), ..self }
    }

    /// Skips this many rows at the start. `None` changes nothing.
    pub fn offset(self, rows: impl RowCount) -> Self {
        Self { query: self.query.limited(None, rows.rows()), ..self }
    }

    /// Counts the rows, without the related ones.
    ///
    /// # Errors
    /// The errors of taking a connection and of the server.
    pub async fn count(self, executor: impl Executor<ReadDb<Q>> + Runs<Q::Scope>) -> Result<i64> {
        self.query.count(executor).await
    }
}

impl<Q: Paged + WholeRows, L> With<Q, L> {
    /// Reads the rows page by page; see [`Query::keyset`].
    pub fn keyset<K: SortKey<Q::Model>>(self, key: K) -> KeysetWith<Q, K::Cursor, L> {
        KeysetWith { keyset: Keyset::new(self.query, key), relations: self.relations }
    }
}

impl<Q: WholeRows, L> With<Q, L> {
    /// Loads one more relation, at the same time as those before.
    pub fn with<R: Load<Q::Model>>(self, relation: R) -> With<Q, L::Output>
    where
        L: Append<R>,
    {
        With { query: self.query, relations: self.relations.append(relation) }
    }

    /// Reads every row.
    ///
    /// # Errors
    /// The errors of taking a connection and of the server.
    pub async fn all<E>(self, executor: E) -> Result<Vec<RowWith<Q, L>>>
    where
        E: Executor<ReadDb<Q>> + Runs<Q::Scope>,
        L: LoadAll<Q::Model, E>,
    {
        let rows = rows(&self.query, &executor).await?;
        load::<Q, L, E>(&self.relations, &executor, rows).await
    }

    /// Reads the only row.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none, [`Error::TooManyRows`](crate::Error::TooManyRows)
    /// if there are several.
    pub async fn one<E>(self, executor: E) -> Result<RowWith<Q, L>>
    where
        E: Executor<ReadDb<Q>> + Runs<Q::Scope>,
        L: LoadAll<Q::Model, E>,
    {
        let row = self.only(&executor).await?;
        run::exactly_one(&executor.target(), Q::Model::NAME, row)
    }

    /// Reads the only row, if there is one.
    ///
    /// # Errors
    /// [`Error::TooManyRows`](crate::Error::TooManyRows) if there are several.
    pub async fn optional<E>(self, executor: E) -> Result<Option<RowWith<Q, L>>>
    where
        E: Executor<ReadDb<Q>> + Runs<Q::Scope>,
        L: LoadAll<Q::Model, E>,
    {
        self.only(&executor).await
    }

    /// Reads the first row in the query's order, if there is one.
    ///
    /// # Errors
    /// The errors of taking a connection and of the server.
    pub async fn first<E>(mut self, executor: E) -> Result<Option<RowWith<Q, L>>>
    where
        E: Executor<ReadDb<Q>> + Runs<Q::Scope>,
        L: LoadAll<Q::Model, E>,
    {
        self.query.at_most(1);
        let rows = rows(&self.query, &executor).await?;
        Ok(load::<Q, L, E>(&self.relations, &executor, rows).await?.pop())
    }

    async fn only<E>(mut self, executor: &E) -> Result<Option<RowWith<Q, L>>>
    where
        E: Executor<ReadDb<Q>> + Runs<Q::Scope>,
        L: LoadAll<Q::Model, E>,
    {
        self.query.at_most(2);
        let rows = rows(&self.query, executor).await?;
        run::at_most_one(&executor.target(), Q::Model::NAME, rows.len())?;
        Ok(load::<Q, L, E>(&self.relations, executor, rows).await?.pop())
    }
}

async fn rows<Q: Reads>(query: &Q, executor: &impl Executor<ReadDb<Q>>) -> Result<Vec<Q::Row>> {
    let statement = query.statement("all");
    run::all(executor.target_for(statement.intent)?, &statement, query.decoder()).await
}

/// Loads the relations, and puts beside each row what belongs to it.
pub(crate) async fn load<Q, L, E>(
    relations: &L,
    executor: &E,
    rows: Vec<Q::Row>,
) -> Result<Vec<RowWith<Q, L>>>
where
    Q: WholeRows,
    L: LoadAll<Q::Model, E>,
{
    let (models, beside): (Vec<_>, Vec<_>) = rows.into_iter().map(Q::split).unzip();
    let loaded = relations.load_all(executor, models).await?;
    Ok(loaded.into_iter().zip(beside).map(|(row, beside)| Q::whole(row, beside)).collect())
}

/// A query that is read page by page, with the relations that are loaded with each page.
#[must_use = "a query does nothing until it is run: `.page(&dbs).await`"]
pub struct KeysetWith<Q: Paged, C, L> {
    keyset: Keyset<Q, C>,
    relations: L,
}

impl<Q: Paged, C, L> fmt::Debug for KeysetWith<Q, C, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeysetWith").field("model", &Q::Model::NAME).finish_non_exhaustive()
    }
}

impl<Q: Paged, C> Keyset<Q, C> {
    /// Loads a relation, or a reference into another database, with each page: one statement for all of its rows.
    pub fn with<R: Load<Q::Model>>(self, relation: R) -> KeysetWith<Q, C, (R,)>
    where
        Q: WholeRows,
    {
        KeysetWith { keyset: self, relations: (relation,) }
    }
}

impl<Q: Paged + WholeRows, C: Clone + PartialEq + Send + Sync, L> KeysetWith<Q, C, L> {
    /// Loads one more relation, at the same time as those before.
    pub fn with<R: Load<Q::Model>>(self, relation: R) -> KeysetWith<Q, C, L::Output>
    where
        L: Append<R>,
    {
        KeysetWith { keyset: self.keyset, relations: self.relations.append(relation) }
    }

    /// Keeps only rows for which `filter` and every filter given before hold. `None` adds no condition.
    pub fn filter<P: OfRows>(self, filter: impl IntoFilter<Q::Model, P>) -> Self {
        Self { keyset: self.keyset.filter(filter), ..self }
    }

    /// Begins the page after the row with this key; see [`Keyset::after`].
    pub fn after(self, cursor: impl IntoCursor<C>) -> Self {
        Self { keyset: self.keyset.after(cursor), ..self }
    }

    /// Ends the page before the row with this key; see [`Keyset::before`].
    pub fn before(self, cursor: impl IntoCursor<C>) -> Self {
        Self { keyset: self.keyset.before(cursor), ..self }
    }

    /// Returns at most this many rows per page. `None` changes nothing.
    pub fn limit(self, rows: impl RowCount) -> Self {
        Self { keyset: self.keyset.limit(rows), ..self }
    }

    /// Reads the page.
    ///
    /// # Errors
    /// The errors of [`Keyset::page`].
    pub async fn page<E>(self, executor: E) -> Result<Page<RowWith<Q, L>, C>>
    where
        E: Executor<ReadDb<Q>> + Runs<Q::Scope>,
        L: LoadAll<Q::Model, E>,
    {
        let (query, ends) = self.keyset.into_parts();
        let found = rows(&query, &executor).await?;
        let Page { rows, next, previous } = ends.page(executor.target().alias(), found)?;
        let rows = load::<Q, L, E>(&self.relations, &executor, rows).await?;
        Ok(Page { rows, next, previous })
    }
}

not_yet!([Q: Paged, C, L] KeysetWith<Q, C, L>: RunsByPage; all one optional first count exists stream order_by offset);
