//! Queries that return the rows of several tables side by side.

use std::marker::PhantomData;

use super::{Append, Relation};
use crate::{
    error::Result,
    expr::Expressions,
    model::{DecodeError, Decoder, Model, SameDatabase, tuples},
    query::{JoinedTable, Query, Select, Selection},
    sql::{Link, Parts},
};

/// The rows of several tables side by side, as the tuple `R`: a [`Selection`] that joins make.
#[derive(Debug)]
pub struct Joined<R> {
    rows: Vec<Parts>,
    row: PhantomData<fn() -> R>,
}

impl<M: Model, S> Query<M, S> {
    /// Joins the rows that a relation leads to: one statement returns a pair for each two rows that belong together,
    /// and nothing for a row of `M` without a related row.
    ///
    /// Conditions on the joined rows follow the relation: `.filter(Item::ORDER.column(Order::STATUS).eq(…))`. Where it
    /// leads to many rows, start the query at its other end, or use `.any(…)`. A lock is only on the rows of `M`.
    pub fn join<T: Model, K, P>(self, relation: Relation<M, T, K, P>) -> Select<M, S, Joined<(M, T)>>
    where
        T::Db: SameDatabase<M::Db>,
    {
        alone(self).beside::<T, _>(relation.link(), false)
    }

    /// As [`join`](Self::join), but keeps a row of `M` without a related row, with `None` beside it.
    pub fn left_join<T: Model, K, P>(
        self,
        relation: Relation<M, T, K, P>,
    ) -> Select<M, S, Joined<(M, Option<T>)>>
    where
        T::Db: SameDatabase<M::Db>,
    {
        alone(self).beside::<T, _>(relation.link(), true)
    }
}

impl<M: Model, S, R: JoinedRow> Select<M, S, Joined<R>> {
    /// Joins the rows that one more relation of `M` leads to.
    pub fn join<T: Model, K, P>(self, relation: Relation<M, T, K, P>) -> Select<M, S, Joined<R::Output>>
    where
        T::Db: SameDatabase<M::Db>,
        R: Append<T>,
    {
        self.beside::<T, _>(relation.link(), false)
    }

    /// Joins the rows that one more relation of `M` leads to, with `None` where there is no such row.
    pub fn left_join<T: Model, K, P>(self, relation: Relation<M, T, K, P>) -> Select<M, S, Joined<R::Output>>
    where
        T::Db: SameDatabase<M::Db>,
        R: Append<Option<T>>,
    {
        self.beside::<T, _>(relation.link(), true)
    }
}

/// Selects the rows of `M`, before any table is joined.
fn alone<M: Model, S>(query: Query<M, S>) -> Select<M, S, Joined<(M,)>> {
    let rows = vec![Parts::columns(M::COLUMNS)];
    Select::new(query, Vec::new(), Joined { rows, row: PhantomData })
}

impl<M: Model, S, R> Select<M, S, Joined<R>> {
    /// Joins the rows of `T`, beside those of the tables before.
    fn beside<T: Model, L>(self, link: Link, is_optional: bool) -> Select<M, S, Joined<L>> {
        self.joined(JoinedTable { link, is_optional }, whole::<T>(link, is_optional))
    }
}

/// Every column of the row that `link` leads to.
fn whole<T: Model>(link: Link, is_optional: bool) -> Parts {
    Parts::columns(T::COLUMNS).behind(link, is_optional)
}

impl<M, R> Expressions<M> for Joined<R> {
    fn into_list(self) -> Vec<Parts> {
        self.rows
    }
}

impl<M, R: JoinedRow> Selection<M> for Joined<R> {
    type Row = R;

    fn decode(row: &mut Decoder<'_>) -> Result<R, DecodeError> {
        R::decode_joined(row)
    }
}

/// A tuple of rows that a query with joins can return.
pub trait JoinedRow: Send + Sized {
    #[doc(hidden)]
    fn decode_joined(row: &mut Decoder<'_>) -> Result<Self, DecodeError>;
}

/// An element of a [`JoinedRow`]: a row, or `None` where a left join found none.
pub trait JoinedItem: Send + Sized {
    #[doc(hidden)]
    fn decode_item(row: &mut Decoder<'_>) -> Result<Self, DecodeError>;
}

impl<T: Model> JoinedItem for T {
    fn decode_item(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        T::decode(row)
    }
}

impl<T: Model> JoinedItem for Option<T> {
    fn decode_item(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        // All columns are NULL only where no row was found: a found row has the key by which it was found.
        if row.are_null(T::COLUMNS.len()) {
            row.skip(T::COLUMNS.len());
            return Ok(None);
        }
        T::decode(row).map(Some)
    }
}

macro_rules! joined_rows {
    ($($name:ident $value:ident $at:tt),+) => {
        impl<$($name: JoinedItem),+> JoinedRow for ($($name,)+) {
            fn decode_joined(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                Ok(($($name::decode_item(row)?,)+))
            }
        }
    };
}

tuples!(up to 6: joined_rows);
