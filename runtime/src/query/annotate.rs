//! Queries of whole rows with computed values beside each.

use std::marker::PhantomData;

use super::{Find, Locked, Query, RowCount, Selection, lock::Lock, reads::Reads};
use crate::{
    error::Result,
    expr::{BesideRow, IntoFilter, IntoOrder, OfRows, OrderBy},
    model::{DecodeError, Decoder, Keyed, Model},
    sql::{Intent, Parts, SqlWriter},
};

/// A query of whole rows, each with the values that `C` selects beside it, as a pair.
#[derive(Debug)]
#[must_use = "a query does nothing until it is run: `.all(&dbs).await`"]
pub struct Annotated<M, S, C> {
    query: Query<M, S>,
    columns: Vec<Parts>,
    selection: PhantomData<fn() -> C>,
}

impl<M: Model, S> Query<M, S> {
    /// Adds to each row an expression, or a tuple of them:
    /// `Order::query().annotate(Order::ITEMS.count()).all(&dbs)` gives a `Vec<(Order, i64)>`. Where related rows are
    /// loaded as well, by [`with`](Annotated::with), it gives a `Vec<((Order, Vec<Item>), i64)>`.
    ///
    /// The expressions are computed for each row alone: for aggregates over several rows see
    /// [`group_by`](Self::group_by), for window functions [`over`](crate::query::Aggregate::over).
    pub fn annotate<C: Selection<M, Place: BesideRow>>(self, values: C) -> Annotated<M, S, C> {
        Annotated { query: self, columns: values.into_list(), selection: PhantomData }
    }
}

impl<M: Keyed<Key: 'static>, S> Find<M, S> {
    /// Adds to the row an expression, or a tuple of them; see [`Query::annotate`].
    pub fn annotate<C: Selection<M, Place: BesideRow>>(self, values: C) -> Annotated<M, S, C> {
        self.into_query().annotate(values)
    }
}

impl<M: Model, S, C> Annotated<M, S, C> {
    pub(crate) fn locked(self, lock: Option<Lock>) -> Annotated<M, Locked, C> {
        Annotated { query: self.query.locked(lock), columns: self.columns, selection: PhantomData }
    }

    pub(crate) fn waiting(self, wait: &'static str) -> Self {
        Self { query: self.query.waiting(wait), ..self }
    }
}

impl<M: Model, S, C: Selection<M>> Annotated<M, S, C> {
    /// Keeps only rows for which `filter` and every filter given before hold. `None` adds no condition.
    pub fn filter<P: OfRows>(self, filter: impl IntoFilter<M, P>) -> Self {
        self.of(|query| query.filter(filter))
    }

    /// Sorts by `order`, a single term or a tuple of them, after every order given before.
    pub fn order_by(self, order: impl IntoOrder<M>) -> Self {
        self.of(|query| query.order_by(order))
    }

    /// Returns at most this many rows. `None` changes nothing.
    pub fn limit(self, rows: impl RowCount) -> Self {
        self.of(|query| query.limit(rows))
    }

    /// Skips this many rows at the start. `None` changes nothing.
    pub fn offset(self, rows: impl RowCount) -> Self {
        self.of(|query| query.offset(rows))
    }

    pub(super) fn of(self, change: impl FnOnce(Query<M, S>) -> Query<M, S>) -> Self {
        Self { query: change(self.query), ..self }
    }

    /// Why pages in this order would not be what the query says, if so.
    pub(super) fn why_not_paged(&self, order: &[OrderBy<M>]) -> Option<&'static str> {
        self.query.why_not_paged(order).or_else(|| self.columns.iter().find_map(Parts::why_not_paged))
    }

    pub(super) fn query_mut(&mut self) -> &mut Query<M, S> {
        &mut self.query
    }

    /// Writes the query, with the values of `key` before the columns of each row.
    pub(super) fn write_rows<'a>(&'a self, sql: &mut SqlWriter<'a>, key: &'a [Parts]) {
        self.query.write_rows(sql, key.iter().chain(&self.columns));
    }

    pub(super) fn decode(row: &mut Decoder<'_>) -> Result<(M, C::Row), DecodeError> {
        let values = C::decode(row)?;
        Ok((M::decode(row)?, values))
    }
}

impl<M, S, C> Clone for Annotated<M, S, C> {
    fn clone(&self) -> Self {
        Self { query: self.query.clone(), columns: self.columns.clone(), selection: PhantomData }
    }
}

impl<M: Model, S, C: Selection<M>> Reads for Annotated<M, S, C> {
    type Model = M;
    type Row = (M, C::Row);
    type Scope = S;

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.write_rows(sql, &[]);
    }

    fn write_ones<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        // Such values make several rows of one, or none.
        if self.columns.iter().any(Parts::may_make_rows) {
            self.write_rows(sql, &[]);
        } else {
            self.query.write_ones(sql);
        }
    }

    fn intent(&self) -> Intent {
        self.query.intent()
    }

    fn why_not_told_apart(&self) -> Option<&'static str> {
        self.query.why_not_told_apart().or_else(|| self.columns.iter().find_map(Parts::why_not_told_apart))
    }

    fn decoder(
        &self,
    ) -> impl Fn(&mut Decoder<'_>) -> Result<Self::Row, DecodeError> + Send + Sync + use<M, S, C> {
        Self::decode
    }

    fn at_most(&mut self, rows: i64) {
        self.query.at_most(rows);
    }
}
