//! Relations of whose rows only some columns are loaded.

use std::{fmt, marker::PhantomData};

use super::{
    Load, LoadOn, Related, RelationKey, Several, Shape,
    key::Groups,
    statement::{Content, LoadStatement, statement},
};
use crate::{
    error::Result,
    executor::Executor,
    expr::{IntoFilter, IntoOrder, OfRelatedRow},
    model::{Decoder, Model},
    pool::Target,
    query::{RowCount, Selection, run},
    sql::Parts,
};

/// What `C` selects of the rows of `T` that belong to each row of `M`.
///
/// Made by [`Relates::select`](super::Relates::select), loaded by `.with(…)` or [`load`](Self::load).
#[must_use = "nothing is loaded before it is given to a query: `.with(…)`"]
pub struct RelatedValues<M, T, K, S, C> {
    related: Related<M, T, K, S>,
    columns: Vec<Parts>,
    selection: PhantomData<fn() -> C>,
}

impl<M, T: Model, K: RelationKey, S: Shape, C: Selection<T, Place: OfRelatedRow>>
    RelatedValues<M, T, K, S, C>
{
    pub(super) fn new<L>(related: Related<M, T, K, S, L>, columns: C) -> Self {
        Self { related: related.alone(), columns: columns.into_list(), selection: PhantomData }
    }

    /// Loads only rows for which `filter` and every filter given before hold. Of a relation to exactly one row, an
    /// `Option` is loaded from then on.
    pub fn filter(self, filter: impl IntoFilter<T>) -> RelatedValues<M, T, K, S::Filtered, C> {
        let Self { related, columns, selection } = self;
        RelatedValues { related: related.filtered(filter), columns, selection }
    }

    /// Sorts the rows beside each row by `order`, after every order given before.
    pub fn order_by(self, order: impl IntoOrder<T>) -> Self
    where
        S: Several,
    {
        Self { related: self.related.sorted(order), ..self }
    }

    /// Loads at most this many rows beside each row: the first ones in the order that is given.
    pub fn limit(self, rows: impl RowCount) -> Self
    where
        S: Several,
    {
        Self { related: self.related.limited(rows), ..self }
    }

    /// Skips this many rows beside each row, in the order that is given.
    pub fn offset(self, rows: impl RowCount) -> Self
    where
        S: Several,
    {
        Self { related: self.related.skipping(rows), ..self }
    }

    /// Relations are loaded beside whole rows, and here only some columns of each row are loaded: so this never compiles.
    pub fn with<R>(self, _: R) -> Self
    where
        Self: RelatedRows,
    {
        self
    }

    /// Loads what belongs to each of `rows`, which were read before, in their order.
    ///
    /// # Errors
    /// Those of [`Relates::load`](super::Relates::load).
    pub async fn load(self, rows: &[M], executor: impl Executor<T::Db>) -> Result<Vec<S::Of<C::Row>>>
    where
        M: Sync,
        C::Row: Clone,
    {
        self.load_on(&executor, rows).await
    }

    /// The values of all groups, and the group of each. Without any group, no statement is sent.
    async fn fetch(&self, target: Target<'_>, groups: &Groups<K>) -> Result<Vec<(C::Row, usize)>> {
        let mut found = Vec::new();
        let keys = groups.keys();
        if keys.is_empty() {
            return Ok(found);
        }
        let arrays = K::arrays(&keys);
        let content = Content::Values(&self.columns);
        let LoadStatement { statement, .. } =
            statement(&self.related.path, &self.related.query, content, &arrays);
        run::for_each(target, &statement, &mut |row| {
            let mut decoder = Decoder::new(row);
            let values = C::decode(&mut decoder)?;
            // The server counts positions from 1.
            if let Ok(group) = usize::try_from(decoder.get::<i64>()? - 1) {
                found.push((values, group));
            }
            Ok(())
        })
        .await?;
        Ok(found)
    }
}

/// Whole rows, which relations of theirs can be loaded with. It is implemented for no type: it is what
/// [`RelatedValues::with`] asks for, so that the compiler says what to write.
#[diagnostic::on_unimplemented(
    message = "relations are loaded beside whole rows, and here only some columns of the related rows are",
    label = "the rows that this is to be loaded with are not read",
    note = "load whole rows: `.with(Order::ITEMS.with(Item::PRODUCT))`",
    note = "or select the columns of what one of their relations leads to as well: \
            `.with(Order::ITEMS.select((Item::SKU, Item::PRODUCT.column(Product::NAME))))`"
)]
pub trait RelatedRows {}

impl<M, T, K, S, C> Load<M> for RelatedValues<M, T, K, S, C>
where
    T: Model,
    K: RelationKey,
    S: Shape,
    C: Selection<T, Row: Clone, Place: OfRelatedRow>,
{
    type Value = S::Of<C::Row>;
}

impl<M, T, K, S, C, E> LoadOn<M, E> for RelatedValues<M, T, K, S, C>
where
    M: Sync,
    T: Model,
    K: RelationKey,
    S: Shape,
    C: Selection<T, Row: Clone, Place: OfRelatedRow>,
    E: Executor<T::Db>,
{
    async fn load_on(&self, executor: &E, rows: &[M]) -> Result<Vec<Self::Value>> {
        let groups = Groups::new(rows, self.related.from);
        let target = executor.target();
        let found = self.fetch(target, &groups).await?;
        self.related.share(target.alias(), rows.len(), groups, found)
    }
}

impl<M, T: Model, K, S, C> fmt::Debug for RelatedValues<M, T, K, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelatedValues").field("to", &T::NAME).field("columns", &self.columns).finish()
    }
}
