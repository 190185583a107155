//! Queries of whole rows, alone or with something beside each: computed values, or joined rows.

use super::{Annotated, Find, Query, Select, Selection, reads::Reads};
use crate::{
    error::Result,
    expr::{IntoFilter, IntoOrder, OfRows, OrderBy},
    model::{DecodeError, Decoder, Keyed, Model},
    sql::{Parts, SqlWriter},
};

/// A query of whole rows, alone or with something beside each: computed values, or the rows that it joins. Related rows
/// can be loaded with it: [`with`](Query::with).
#[diagnostic::on_unimplemented(
    message = "related rows are loaded beside whole rows, and this query selects other values",
    label = "this query returns no rows of its model",
    note = "for values beside whole rows write `.annotate(…)` in place of `.select(…)`: \
            `Order::query().annotate(Order::ITEMS.count()).with(Order::ITEMS)`",
    note = "for some columns of the related rows, select them there: `.with(Order::ITEMS.select((Item::SKU, Item::PRICE)))`"
)]
pub trait WholeRows: Reads {
    /// The type of the values beside a row.
    type Beside: Send;
    /// The type of a returned row with `R` in the model's place: the model with its related rows, say.
    type Whole<R: Send>: Send;

    #[doc(hidden)]
    fn split(row: Self::Row) -> (Self::Model, Self::Beside);

    #[doc(hidden)]
    fn whole<R: Send>(row: R, beside: Self::Beside) -> Self::Whole<R>;
}

/// A query that can still be filtered and sorted.
pub trait Narrow: Reads + Clone {
    /// Keeps only rows for which `filter` holds.
    #[doc(hidden)]
    fn narrowed<P: OfRows>(self, filter: impl IntoFilter<Self::Model, P>) -> Self;

    #[doc(hidden)]
    fn sorted(self, order: impl IntoOrder<Self::Model>) -> Self;

    #[doc(hidden)]
    fn limited(self, limit: Option<i64>, offset: Option<i64>) -> Self;
}

/// A query that can be read page by page.
pub trait Paged: Narrow {
    /// Replaces the query's order.
    #[doc(hidden)]
    fn resorted(self, order: impl IntoOrder<Self::Model>) -> Self;

    /// Takes the limit out of the query.
    #[doc(hidden)]
    fn take_limit(&mut self) -> Option<i64>;

    /// Why pages in this order would not be what the query says, if so.
    #[doc(hidden)]
    fn why_not_paged(&self, order: &[OrderBy<Self::Model>]) -> Option<&'static str>;

    /// Writes the query, with the values of `key` before the columns of each row.
    #[doc(hidden)]
    fn write_keyed<'a>(&'a self, sql: &mut SqlWriter<'a>, key: &'a [Parts]);

    /// Reads the part of a row after the key.
    #[doc(hidden)]
    fn decode_row(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError>;
}

impl<M: Model, S> WholeRows for Query<M, S> {
    type Beside = ();
    type Whole<R: Send> = R;

    fn split(row: M) -> (M, ()) {
        (row, ())
    }

    fn whole<R: Send>(row: R, (): ()) -> R {
        row
    }
}

impl<M: Keyed, S> WholeRows for Find<M, S> {
    type Beside = ();
    type Whole<R: Send> = R;

    fn split(row: M) -> (M, ()) {
        (row, ())
    }

    fn whole<R: Send>(row: R, (): ()) -> R {
        row
    }
}

impl<M: Model, S, C: Selection<M>> WholeRows for Annotated<M, S, C> {
    type Beside = C::Row;
    type Whole<R: Send> = (R, C::Row);

    fn split(row: (M, C::Row)) -> (M, C::Row) {
        row
    }

    fn whole<R: Send>(row: R, beside: C::Row) -> (R, C::Row) {
        (row, beside)
    }
}

/// Filters, sorts and limits a query by its own methods.
macro_rules! narrow {
    ($([$($generics:tt)*] $query:ty;)*) => {$(
        impl<M: Model, S, $($generics)*> Narrow for $query {
            fn narrowed<P: OfRows>(self, filter: impl IntoFilter<M, P>) -> Self {
                self.filter(filter)
            }

            fn sorted(self, order: impl IntoOrder<M>) -> Self {
                self.order_by(order)
            }

            fn limited(self, limit: Option<i64>, offset: Option<i64>) -> Self {
                self.limit(limit).offset(offset)
            }
        }
    )*};
}

narrow! {
    [] Query<M, S>;
    [C: Selection<M>] Annotated<M, S, C>;
    [C: Selection<M>] Select<M, S, C>;
}

impl<M: Model, S> Paged for Query<M, S> {
    fn resorted(mut self, order: impl IntoOrder<M>) -> Self {
        self.set_order(Vec::new());
        self.order_by(order)
    }

    fn take_limit(&mut self) -> Option<i64> {
        Self::take_limit(self)
    }

    fn why_not_paged(&self, order: &[OrderBy<M>]) -> Option<&'static str> {
        Self::why_not_paged(self, order)
    }

    fn write_keyed<'a>(&'a self, sql: &mut SqlWriter<'a>, key: &'a [Parts]) {
        self.write_rows(sql, key.iter());
    }

    fn decode_row(row: &mut Decoder<'_>) -> Result<M, DecodeError> {
        M::decode(row)
    }
}

impl<M: Model, S, C: Selection<M>> Paged for Annotated<M, S, C> {
    fn resorted(self, order: impl IntoOrder<M>) -> Self {
        self.of(|query| query.resorted(order))
    }

    fn take_limit(&mut self) -> Option<i64> {
        self.query_mut().take_limit()
    }

    fn why_not_paged(&self, order: &[OrderBy<M>]) -> Option<&'static str> {
        Self::why_not_paged(self, order)
    }

    fn write_keyed<'a>(&'a self, sql: &mut SqlWriter<'a>, key: &'a [Parts]) {
        self.write_rows(sql, key);
    }

    fn decode_row(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError> {
        Self::decode(row)
    }
}

impl<M: Model, S, C: Selection<M>> Paged for Select<M, S, C> {
    fn resorted(self, order: impl IntoOrder<M>) -> Self {
        self.of_query(|query| query.resorted(order))
    }

    fn take_limit(&mut self) -> Option<i64> {
        self.query_mut().take_limit()
    }

    fn why_not_paged(&self, order: &[OrderBy<M>]) -> Option<&'static str> {
        Self::why_not_paged(self, order)
    }

    fn write_keyed<'a>(&'a self, sql: &mut SqlWriter<'a>, key: &'a [Parts]) {
        self.write_rows(sql, key, true);
    }

    fn decode_row(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError> {
        C::decode(row)
    }
}
