//! Queries of rows.

use std::marker::PhantomData;

use super::{Delete, Locked, Update, lock::Lock, reading, reads::Reads};
use crate::{
    error::Result,
    expr::{Expressions, Filter, IntoFilter, OrderBy},
    model::{DecodeError, Decoder, Model, Sealed, Writable, sealed},
    sql::{ColumnDef, Intent, Parts, Sharing, SqlWriter, Statement, Values},
};

/// What [`Model::SELECT`] begins with.
pub(super) const SELECT: &str = "SELECT ";

/// A query that takes every row its filter lets through. It can become an update or a delete.
#[derive(Debug)]
pub enum Whole {}

/// A query that takes some of the rows only: it has a limit or an offset, or leaves out those that are alike.
#[derive(Debug)]
pub enum Cut {}

/// A query of the rows of `M`. Nothing is sent before one of its `async` methods is awaited.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::{Query, Result};
///
/// fn regulars() -> Query<Customer> {
///     Customer::query().filter(Customer::VISITS.gte(10))
/// }
///
/// async fn example(dbs: &Databases) -> Result<()> {
///     let names = regulars().order_by(Customer::NAME.asc()).limit(20).all(dbs).await?;
///     let count = regulars().count(dbs).await?;
///     println!("{} of {count}", names.len());
///     regulars().update().set(Customer::VISITS, 0).execute(dbs).await?;
///     Ok(())
/// }
/// ```
#[derive(Debug)]
#[must_use = "a query does nothing until it is run: `.all(&dbs).await`"]
pub struct Query<M, S = Whole> {
    distinct_on: Vec<Parts>,
    filter: Option<Filter<M>>,
    order: Vec<OrderBy<M>>,
    limit: Option<u64>,
    offset: Option<u64>,
    pub(super) lock: Option<Lock>,
    scope: PhantomData<fn() -> S>,
}

/// What an update or a delete can be made of: a query that takes every row of its filter.
#[diagnostic::on_unimplemented(
    message = "an update or a delete has no limit, offset or lock",
    label = "this query takes some of the rows only",
    note = "leave the limit out; or read the keys first, and filter by them: `ID.is_in(keys)`"
)]
pub trait AllRows: Sealed {}

sealed!(Whole);
impl AllRows for Whole {}

impl<M: Model> Query<M> {
    pub(super) fn new() -> Self {
        let (distinct_on, filter, order, limit, offset, lock) = Default::default();
        Self { distinct_on, filter, order, limit, offset, lock, scope: PhantomData }
    }
}

impl<M: Model, S> Query<M, S> {
    /// An update of the rows that the filter lets through; of every row where there is no filter.
    pub fn update(self) -> Update<M, Option<Filter<M>>>
    where
        M::Kind: Writable,
        S: AllRows,
    {
        Update::new(self.filter)
    }

    /// A delete of the rows that the filter lets through; of every row where there is no filter.
    pub fn delete(self) -> Delete<M, Option<Filter<M>>>
    where
        M::Kind: Writable,
        S: AllRows,
    {
        Delete::new(self.filter)
    }

    /// Only rows for which `filter` holds, and every filter given before.
    pub fn filter(mut self, filter: impl IntoFilter<M>) -> Self {
        self.filter = Some(Filter::both(self.filter, filter));
        self
    }

    /// Sorts by `order`; after every order given before.
    pub fn order_by(mut self, order: OrderBy<M>) -> Self {
        self.order.push(order);
        self
    }

    /// Of the rows that have these values in common the first alone, in the query's order, which begins with them:
    /// `Order::query().distinct_on(Order::CUSTOMER_ID).order_by(Order::CUSTOMER_ID.asc())`.
    pub fn distinct_on(self, values: impl Expressions<M>) -> Query<M, Cut> {
        Query { distinct_on: values.into_list(), ..self.scoped() }
    }

    /// At most this many rows.
    pub fn limit(self, rows: u64) -> Query<M, Cut> {
        Query { limit: Some(rows), ..self.scoped() }
    }

    /// Without the first rows.
    pub fn offset(self, rows: u64) -> Query<M, Cut> {
        Query { offset: Some(rows), ..self.scoped() }
    }

    pub(super) fn locked(self, lock: Lock) -> Query<M, Locked> {
        Query { lock: Some(lock), ..self.scoped() }
    }

    pub(super) fn set_distinct_on(&mut self, values: impl Expressions<M>) {
        self.distinct_on = values.into_list();
    }

    pub(crate) fn is_limited(&self) -> bool {
        self.limit.is_some()
    }

    pub(crate) fn set_limit(&mut self, rows: u64) {
        self.limit = Some(rows);
    }

    pub(super) fn set_offset(&mut self, rows: u64) {
        self.offset = Some(rows);
    }

    /// In this order alone.
    pub(super) fn set_order(&mut self, order: Vec<OrderBy<M>>) {
        self.order = order;
    }

    pub(super) fn scoped<T>(self) -> Query<M, T> {
        let Self { distinct_on, filter, order, limit, offset, lock, scope: _ } = self;
        Query { distinct_on, filter, order, limit, offset, lock, scope: PhantomData }
    }

    /// Its expressions, each of which may reach over relations.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Parts> {
        let filter = self.filter.iter().map(|filter| &filter.parts);
        let order = self.order.iter().map(|order| &order.parts);
        self.distinct_on.iter().chain(filter).chain(order)
    }

    fn is_plain(&self) -> bool {
        self.distinct_on.is_empty()
            && self.filter.is_none()
            && self.order.is_empty()
            && self.limit.is_none()
            && self.offset.is_none()
            && self.lock.is_none()
    }

    /// The rows, each with `more` before its columns.
    pub(super) fn write_rows<'a>(&'a self, sql: &mut SqlWriter<'a>, more: &'a [Parts]) {
        sql.reach(self.parts().chain(more));
        sql.push(SELECT).sorting(|sql| self.write_distinct_on(sql));
        for parts in more {
            parts.write(sql);
            sql.push(", ");
        }
        if sql.is_joined() {
            sql.columns(M::COLUMNS).push(" FROM ").tables();
        } else {
            sql.push(M::SELECT.strip_prefix(SELECT).unwrap_or_default());
        }
        self.write_where(sql);
        if more.is_empty() {
            self.write_order(sql);
        } else {
            sql.sorting(|sql| self.write_order(sql));
        }
    }

    pub(super) fn write_distinct_on<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        if !self.distinct_on.is_empty() {
            sql.push("DISTINCT ON (").list(", ", &self.distinct_on, |sql, parts| parts.write(sql)).push(") ");
        }
    }

    /// What follows the table where the rows are also those of a condition that the query does not hold.
    pub(crate) fn write_rest_where<'a>(
        &'a self,
        sql: &mut SqlWriter<'a>,
        condition: impl FnOnce(&mut SqlWriter<'a>),
    ) {
        condition(sql.push(" WHERE "));
        if let Some(filter) = &self.filter {
            filter.parts.write(sql.push(" AND ("));
            sql.push(")");
        }
        self.write_order(sql);
    }

    pub(super) fn write_where<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        if let Some(filter) = &self.filter {
            filter.parts.write(sql.push(" WHERE "));
        }
    }

    pub(super) fn write_order<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        write_order(sql, &self.order, self.limit, self.offset);
        if let Some(lock) = self.lock {
            lock.write(sql);
        }
    }
}

impl<M: Model, S> Reads for Query<M, S> {
    type Model = M;
    type Row = M;

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.write_rows(sql, &[]);
    }

    /// A `1` for each row.
    fn write_ones<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.reach(self.parts());
        sql.push(SELECT).sorting(|sql| self.write_distinct_on(sql));
        self.write_where(sql.push("1 FROM ").tables());
        sql.sorting(|sql| self.write_order(sql));
    }

    fn intent(&self) -> Intent {
        Lock::intent(self.lock)
    }

    fn columns(&self) -> &'static [ColumnDef] {
        M::COLUMNS
    }

    fn decoder(&self) -> impl Fn(&mut Decoder<'_>) -> Result<M, DecodeError> + Send + Sync + use<M, S> {
        M::decode
    }

    fn at_most(&mut self, rows: u64) {
        self.limit = Some(self.limit.map_or(rows, |limit| limit.min(rows)));
    }

    fn statement(&self, verb: &'static str) -> Statement<'_> {
        let statement = if self.is_plain() {
            Statement::new(M::SELECT, Values::new(), self.intent())
        } else {
            let mut sql = SqlWriter::new(M::TABLE);
            self.write_rows(&mut sql, &[]);
            sql.finish(self.intent())
        };
        reading::<M>(statement, Sharing::Read).named(M::NAME, verb).on(M::TABLE).rows_of(M::COLUMNS)
    }
}

/// In which order, and which of the rows.
pub(super) fn write_order<'a, M>(
    sql: &mut SqlWriter<'a>,
    order: &'a [OrderBy<M>],
    limit: Option<u64>,
    offset: Option<u64>,
) {
    if !order.is_empty() {
        sql.push(" ORDER BY ").list(", ", order, |sql, order| order.parts.write(sql));
    }
    // Numbers of ormgen's own type, not text: they are safe to write, and help the planner.
    if let Some(limit) = limit {
        sql.push(" LIMIT ").number(limit);
    }
    if let Some(offset) = offset {
        sql.push(" OFFSET ").number(offset);
    }
}
