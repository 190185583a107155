//! Queries of whole rows, each by itself or with values of its own making beside it.

use super::{Annotated, Find, Query, Selection, reads::Reads};
use crate::{
    error::Result,
    expr::{IntoFilter, IntoOrder},
    model::{DecodeError, Decoder, Keyed, Model},
    sql::{Parts, SqlWriter},
};

/// A query of whole rows, each maybe with values beside it. Related rows can be loaded with it:
/// [`with`](Query::with).
pub trait WholeRows: Reads {
    /// The values beside a row.
    type Beside: Send;
    /// A row of it, where `R` stands in the model's place: the model with its related rows, say.
    type Whole<R: Send>: Send;

    #[doc(hidden)]
    fn split(row: Self::Row) -> (Self::Model, Self::Beside);

    #[doc(hidden)]
    fn whole<R: Send>(row: R, beside: Self::Beside) -> Self::Whole<R>;
}

/// Such a query that can still be narrowed and sorted.
pub trait Narrow: WholeRows + Clone {
    /// Only rows for which `filter` holds.
    #[doc(hidden)]
    fn narrowed(self, filter: impl IntoFilter<Self::Model>) -> Self;

    #[doc(hidden)]
    fn sorted(self, order: impl IntoOrder<Self::Model>) -> Self;

    /// In this order alone.
    #[doc(hidden)]
    fn resorted(self, order: impl IntoOrder<Self::Model>) -> Self;

    #[doc(hidden)]
    fn limited(self, limit: Option<u64>, offset: Option<u64>) -> Self;

    /// The rows, each with `key` before its columns.
    #[doc(hidden)]
    fn write_keyed<'a>(&'a self, sql: &mut SqlWriter<'a>, key: &'a [Parts]);

    /// Reads what stands behind the key.
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

impl<M: Model, S> Narrow for Query<M, S> {
    fn narrowed(self, filter: impl IntoFilter<M>) -> Self {
        self.filter(filter)
    }

    fn sorted(self, order: impl IntoOrder<M>) -> Self {
        self.order_by(order)
    }

    fn resorted(mut self, order: impl IntoOrder<M>) -> Self {
        self.set_order(Vec::new());
        self.order_by(order)
    }

    fn limited(self, limit: Option<u64>, offset: Option<u64>) -> Self {
        self.limit(limit).offset(offset)
    }

    fn write_keyed<'a>(&'a self, sql: &mut SqlWriter<'a>, key: &'a [Parts]) {
        self.write_rows(sql, key.iter());
    }

    fn decode_row(row: &mut Decoder<'_>) -> Result<M, DecodeError> {
        M::decode(row)
    }
}

impl<M: Model, S, C: Selection<M>> Narrow for Annotated<M, S, C> {
    fn narrowed(self, filter: impl IntoFilter<M>) -> Self {
        self.filter(filter)
    }

    fn sorted(self, order: impl IntoOrder<M>) -> Self {
        self.order_by(order)
    }

    fn resorted(self, order: impl IntoOrder<M>) -> Self {
        self.of(|query| query.resorted(order))
    }

    fn limited(self, limit: Option<u64>, offset: Option<u64>) -> Self {
        self.of(|query| query.limited(limit, offset))
    }

    fn write_keyed<'a>(&'a self, sql: &mut SqlWriter<'a>, key: &'a [Parts]) {
        self.write_rows(sql, key);
    }

    fn decode_row(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError> {
        Self::decode(row)
    }
}
