//! Rows with values of their own making beside them.

use std::marker::PhantomData;

use super::{Query, Selection, reads::Reads};
use crate::{
    error::Result,
    model::{DecodeError, Decoder, Model},
    sql::{Intent, Parts, SqlWriter},
};

/// A query of whole rows, each with what `C` selects beside it: a pair of the two.
#[derive(Debug)]
#[must_use = "a query does nothing until it is run: `.all(&dbs).await`"]
pub struct Annotated<M, S, C> {
    query: Query<M, S>,
    columns: Vec<Parts>,
    selection: PhantomData<fn() -> C>,
}

impl<M: Model, S> Query<M, S> {
    /// Each row, and beside it an expression or a tuple of them:
    /// `Order::query().annotate(Order::ITEMS.count()).all(&dbs)` gives a `Vec<(Order, i64)>`.
    ///
    /// Filters, order and limit come before it. It is of each row alone: for aggregates of several rows see
    /// [`group_by`](Self::group_by), for windows over them [`over`](crate::Aggregate::over).
    pub fn annotate<C: Selection<M>>(self, values: C) -> Annotated<M, S, C> {
        Annotated { query: self, columns: values.into_list(), selection: PhantomData }
    }
}

impl<M: Model, S, C: Selection<M>> Reads for Annotated<M, S, C> {
    type Model = M;
    type Row = (M, C::Row);

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.query.write_rows(sql, &self.columns);
    }

    fn intent(&self) -> Intent {
        self.query.intent()
    }

    fn decoder(
        &self,
    ) -> impl Fn(&mut Decoder<'_>) -> Result<Self::Row, DecodeError> + Send + Sync + use<M, S, C> {
        |row| {
            let values = C::decode(row)?;
            Ok((M::decode(row)?, values))
        }
    }

    fn at_most(&mut self, rows: u64) {
        self.query.at_most(rows);
    }
}
