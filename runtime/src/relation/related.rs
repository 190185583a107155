//! Relations whose rows to load are filtered, sorted, limited for each row, or loaded with relations of their own.

use std::{fmt, marker::PhantomData};

use super::{
    Append, Load, LoadOn as _, Loads, ManyToMany, NoRelations, RelatedValues, Relation, RelationKey, Several,
    Shape, cached::Cached, many_to_many::JoinTable, shape::Many, subject::Matching,
};
use crate::{
    error::Result,
    executor::Executor,
    expr::{Expr, Expression, IntoFilter, IntoOrder, OfRelatedRow, OrderBy},
    model::{Model, ModelKind as _, Nullable, SameDatabase},
    query::{Queries as _, Query, RowCount, Selection},
    sql::{Ends, Link, Parts},
};

/// The rows of `T` to load for each row of `M`, each with what the relations `L` of `T` load.
///
/// Made by the methods of [`Relates`], loaded by `.with(…)` or [`load`](Relates::load).
#[must_use = "nothing is loaded before it is given to a query: `.with(…)`"]
pub struct Related<M, T, K, S, L = ()> {
    pub(super) from: fn(&M) -> Option<K>,
    pub(super) path: KeyPath<T, K>,
    pub(super) query: Query<T>,
    pub(super) nested: L,
    /// The cache of a reference, as long as its rows are not filtered, sorted or limited.
    pub(super) cache: Option<Cached<T, K>>,
    shape: PhantomData<fn() -> S>,
}

/// How the rows of `T` are found by a key.
pub(super) enum KeyPath<T, K> {
    /// The rows of `T` hold the key themselves.
    Direct { ends: Ends, to: fn(&T) -> Option<K> },
    /// Rows of a join table hold the key, and link to the rows of `T`.
    Through(JoinTable),
}

impl<M, T: Model, K, S> Related<M, T, K, S> {
    fn new(from: fn(&M) -> Option<K>, path: KeyPath<T, K>, cache: Option<Cached<T, K>>) -> Self {
        Self { from, path, query: T::query(), nested: (), cache, shape: PhantomData }
    }
}

impl<M, T: Model, K, S: Shape, L> Related<M, T, K, S, L> {
    /// These rows as far as `filter` holds for them.
    pub(super) fn filtered(self, filter: impl IntoFilter<T>) -> Related<M, T, K, S::Filtered, L> {
        let Self { from, path, query, nested, cache: _, shape: _ } = self;
        Related { from, path, query: query.filter(filter), nested, cache: None, shape: PhantomData }
    }

    /// These rows without relations of their own.
    pub(super) fn alone(self) -> Related<M, T, K, S> {
        let Self { from, path, query, nested: _, cache, shape } = self;
        Related { from, path, query, nested: (), cache, shape }
    }

    pub(super) fn sorted(self, order: impl IntoOrder<T>) -> Self {
        Self { query: self.query.order_by(order), ..self }
    }

    pub(super) fn limited(self, rows: impl RowCount) -> Self {
        Self { query: self.query.limit(rows), ..self }
    }

    pub(super) fn skipping(self, rows: impl RowCount) -> Self {
        Self { query: self.query.offset(rows), ..self }
    }
}

impl<M: Model, T: Model, K, S, L> Related<M, T, K, S, L> {
    /// A value of the first of the related rows in their order; NULL where there is none:
    /// `Customer::ORDERS.order_by(Order::PLACED_AT.desc()).first(Order::STATUS)` is the status of the latest order.
    ///
    /// It is an expression over a row of `M`, which a query can select, filter by and sort by.
    pub fn first<E: Expression<T>>(self, of: E) -> Expr<M, E::Value, Nullable>
    where
        T::Db: SameDatabase<M::Db>,
    {
        let (near, far) = match self.path {
            KeyPath::Direct { ends, .. } => {
                (Link { table: T::TABLE, ends, is_view: !T::Kind::IS_TABLE }, None)
            }
            KeyPath::Through(join) => {
                let (near, far) = join.links(T::TABLE, !T::Kind::IS_TABLE);
                (near, Some(far))
            }
        };
        let (filter, mut order, cut) = self.query.into_filter_order_cut();
        if order.is_empty() {
            // Without an order any of the rows may be the first.
            order.push(OrderBy::new(Parts::default().text("(SELECT NULL)"), false));
        }
        let matching = Matching::new(near, far);
        let matching = match filter {
            Some(filter) => matching.and(filter),
            None => matching,
        };
        matching.value_of_first(of, order, cut)
    }
}

impl<M, T: Model, K, S, L> fmt::Debug for Related<M, T, K, S, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Related").field("to", &T::NAME).finish_non_exhaustive()
    }
}

/// Filters, sorts, limits and loads the rows of a relation. In scope through the [prelude](crate::prelude).
///
/// `Order::ITEMS.filter(Item::QUANTITY.gt(1)).order_by(Item::LINE_NO.asc()).limit(3).with(Item::PRODUCT)` loads at most
/// three items beside each order, each with its product, by two statements, however many orders there are.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no relation of whole rows",
    label = "only a relation's rows can be chosen, and relations of theirs loaded, by way of it",
    note = "relations are loaded with whole rows alone: select the columns of those that have no `.with(…)`; for values \
            beside whole rows write `.annotate(…)` in place of `.select(…)`"
)]
pub trait Relates: Sized {
    /// The model that the relation starts from.
    type From;
    /// The model that the relation leads to.
    type To: Model;
    /// The key that the rows of both models share.
    type Key: RelationKey;
    /// How many rows the relation leads to.
    type Shape: Shape;
    /// The relations that are loaded with its rows.
    type Nested;

    /// The related rows to load, before any filter, order or limit.
    #[doc(hidden)]
    fn related(self) -> RelatedOf<Self>;

    /// Loads only rows for which `filter` and every filter given before hold. A relation to exactly one row may then
    /// find none: its row is loaded as an `Option`.
    fn filter(self, filter: impl IntoFilter<Self::To>) -> RelatedOf<Self, <Self::Shape as Shape>::Filtered> {
        self.related().filtered(filter)
    }

    /// Sorts the rows beside each row by `order`, after every order given before. Without any order, they come in no
    /// particular one.
    fn order_by(self, order: impl IntoOrder<Self::To>) -> RelatedOf<Self>
    where
        Self::Shape: Several,
    {
        self.related().sorted(order)
    }

    /// Loads at most this many rows beside each row: the first ones in the order that is given.
    fn limit(self, rows: impl RowCount) -> RelatedOf<Self>
    where
        Self::Shape: Several,
    {
        self.related().limited(rows)
    }

    /// Skips this many rows beside each row, in the order that is given.
    fn offset(self, rows: impl RowCount) -> RelatedOf<Self>
    where
        Self::Shape: Several,
    {
        self.related().skipping(rows)
    }

    /// Loads a relation of the related rows with them, as tuples: one statement for all of them.
    fn with<R: Load<Self::To>>(
        self,
        relation: R,
    ) -> RelatedOf<Self, Self::Shape, <Self::Nested as Append<R>>::Output>
    where
        Self::Nested: Append<R>,
    {
        let Related { from, path, query, nested, cache, shape } = self.related();
        Related { from, path, query, nested: nested.append(relation), cache, shape }
    }

    /// Loads only these columns and expressions of each related row, in place of the whole row:
    /// `Order::query().with(Order::ITEMS.select((Item::SKU, Item::QUANTITY)))` gives a
    /// `Vec<(Order, Vec<(String, i32)>)>`.
    fn select<C>(self, columns: C) -> RelatedValues<Self::From, Self::To, Self::Key, Self::Shape, C>
    where
        Self::Nested: NoRelations,
        C: Selection<Self::To, Place: OfRelatedRow>,
    {
        RelatedValues::new(self.related(), columns)
    }

    /// Loads what belongs to each of `rows`, which were read before, in their order: `Order::ITEMS.load(&orders, &dbs)`
    /// gives a `Vec<Item>` for each order.
    ///
    /// # Errors
    /// The errors of taking a connection and of the server; [`Error::Dangling`](crate::Error::Dangling) if a row that a
    /// foreign key refers to no longer exists.
    fn load<E>(
        self,
        rows: &[Self::From],
        executor: E,
    ) -> impl Future<Output = Result<Vec<LoadedOf<Self>>>> + Send
    where
        Self: Send,
        Self::From: Sync,
        Self::Nested: super::LoadAll<Self::To, E>,
        E: Executor<<Self::To as Model>::Db>,
    {
        let related = self.related();
        async move { related.load_on(&executor, rows).await }
    }
}

/// The related rows of a relation `R`, with the shape `S` and with the relations `L`.
type RelatedOf<R, S = <R as Relates>::Shape, L = <R as Relates>::Nested> =
    Related<<R as Relates>::From, <R as Relates>::To, <R as Relates>::Key, S, L>;

/// What is loaded through the relation for one row.
type LoadedOf<R> =
    <<R as Relates>::Shape as Shape>::Of<<<R as Relates>::Nested as Loads<<R as Relates>::To>>::Row>;

impl<M, T: Model, K: RelationKey, S: Shape, L> Relates for Related<M, T, K, S, L> {
    type From = M;
    type To = T;
    type Key = K;
    type Shape = S;
    type Nested = L;

    fn related(self) -> Self {
        self
    }
}

impl<M, T: Model, K: RelationKey, S: Shape> Relates for Relation<M, T, K, S> {
    type From = M;
    type To = T;
    type Key = K;
    type Shape = S;
    type Nested = ();

    fn related(self) -> Related<M, T, K, S> {
        Related::new(self.from, KeyPath::Direct { ends: self.ends, to: self.to }, self.cache)
    }
}

impl<M, T: Model, K: RelationKey, L> Relates for ManyToMany<M, T, K, L> {
    type From = M;
    type To = T;
    type Key = K;
    type Shape = Many;
    type Nested = ();

    fn related(self) -> Related<M, T, K, Many> {
        Related::new(self.from, KeyPath::Through(self.join), None)
    }
}
