//! Queries of rows.

use std::{fmt, marker::PhantomData};

use super::{Condition, Delete, Locked, RowCount, Update, lock::Lock, reading, reads::Reads};
use crate::{
    error::Result,
    expr::{Expressions, Filter, IntoFilter, IntoOrder, OfRows, OrderBy},
    model::{DecodeError, Decoder, Model, Writable},
    sql::{ColumnDef, Intent, Parts, Sharing, SqlWriter, Statement, Values},
};

/// The word that [`Model::SELECT`] begins with.
pub(super) const SELECT: &str = "SELECT ";

const NO_OFFSET: &str = "a page of `keyset` begins where another ended, and not after a number of rows: leave out \
    `offset`, and give the page's `next` to `after`";

const NO_ORDER: &str = "the rows of a page are sorted by the key of `keyset` alone: leave out `order_by`, and let the key \
    begin with what it sorts by, as in `keyset((desc(Order::TOTAL), Order::ID))`";

const NO_DISTINCT: &str = "`distinct_on` picks rows among those after the cursor, so that the next page would show a second \
    row of the same values: let the key of `keyset` be the values of `distinct_on` alone";

/// Which rows of an order are meant: after `offset` of them, at most `limit`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cut {
    pub limit: Option<i64>,
    pub offset: Option<i64>,
}

/// Marks a query that locks no rows.
#[derive(Debug)]
pub enum Unlocked {}

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
///
/// Methods such as `filter` do not change the query's type, so a program can call them conditionally:
/// `if newest_first { query = query.order_by(…) }`.
#[must_use = "a query does nothing until it is run: `.all(&dbs).await`"]
pub struct Query<M, S = Unlocked> {
    distinct_on: Vec<Parts>,
    filter: Option<Filter<M>>,
    order: Vec<OrderBy<M>>,
    limit: Option<i64>,
    offset: Option<i64>,
    pub(super) lock: Option<Lock>,
    scope: PhantomData<fn() -> S>,
}

impl<M: Model> Query<M> {
    pub(super) fn new() -> Self {
        Self::empty()
    }
}

impl<M: Model, S> Query<M, S> {
    /// A query of all rows.
    pub(super) fn empty() -> Self {
        let (distinct_on, filter, order, limit, offset, lock) = Default::default();
        Self { distinct_on, filter, order, limit, offset, lock, scope: PhantomData }
    }

    pub(super) fn add_filter<P: OfRows>(&mut self, filter: impl IntoFilter<M, P>) {
        self.filter = Filter::both(self.filter.take(), filter);
    }

    /// An update of the rows that the query reads; without a filter, of every row.
    ///
    /// With a limit or an offset, the update changes only the rows within them, in the query's order. It may leave out
    /// a row that another transaction changes or locks in the meantime: run it again to take the next rows. With
    /// [`for_update`](Self::for_update) and [`skip_locked`](Query::skip_locked), several programs can take rows off a
    /// queue:
    /// `Job::query().filter(…).order_by(…).limit(10).for_update().skip_locked().update().set(…).all(&dbs)`.
    pub fn update(self) -> Update<M, OfQuery<M>>
    where
        M::Kind: Writable,
    {
        Update::new(OfQuery(self.scoped()))
    }

    /// A delete of the rows that the query reads; without a filter, of every row. For a delete with a limit see
    /// [`update`](Self::update).
    pub fn delete(self) -> Delete<M, OfQuery<M>>
    where
        M::Kind: Writable,
    {
        Delete::new(OfQuery(self.scoped()))
    }

    /// Keeps only rows for which `filter` and every filter given before hold. `None` adds no condition.
    pub fn filter<P: OfRows>(mut self, filter: impl IntoFilter<M, P>) -> Self {
        self.filter = Filter::both(self.filter, filter);
        self
    }

    /// Sorts by `order`, a single term or a tuple of them, after every order given before.
    pub fn order_by(mut self, order: impl IntoOrder<M>) -> Self {
        order.add_to(&mut self.order);
        self
    }

    /// Of the rows that have the same `values`, keeps only the first in the query's order, which must begin with these
    /// values: `Order::query().distinct_on(Order::CUSTOMER_ID).order_by(Order::CUSTOMER_ID.asc())`.
    pub fn distinct_on(mut self, values: impl Expressions<M>) -> Self {
        self.distinct_on = values.into_list();
        self
    }

    /// Returns at most this many rows. `None` changes nothing.
    pub fn limit(mut self, rows: impl RowCount) -> Self {
        self.limit = rows.rows().or(self.limit);
        self
    }

    /// Skips this many rows at the start. `None` changes nothing.
    pub fn offset(mut self, rows: impl RowCount) -> Self {
        self.offset = rows.rows().or(self.offset);
        self
    }

    pub(crate) fn locked(self, lock: Option<Lock>) -> Query<M, Locked> {
        Query { lock, ..self.scoped() }
    }

    pub(crate) fn waiting(self, wait: &'static str) -> Self {
        Self { lock: self.lock.map(|lock| lock.waiting(wait)), ..self }
    }

    /// The parts of a query of related rows.
    pub(crate) fn into_filter_order_cut(self) -> (Option<Filter<M>>, Vec<OrderBy<M>>, Cut) {
        (self.filter, self.order, Cut { limit: self.limit, offset: self.offset })
    }

    /// Whether it has a limit or an offset.
    pub(crate) fn is_limited(&self) -> bool {
        self.limit.is_some() || self.offset.is_some()
    }

    /// Whether the query may read only some of the rows that its filter lets through; a lock may skip the others.
    pub(super) fn is_cut(&self) -> bool {
        self.is_limited() || !self.distinct_on.is_empty() || self.lock.is_some()
    }

    /// Takes the limit out of the query.
    pub(super) fn take_limit(&mut self) -> Option<i64> {
        self.limit.take()
    }

    /// Why pages in this order would not be what the query says, if so.
    pub(super) fn why_not_paged(&self, order: &[OrderBy<M>]) -> Option<&'static str> {
        let is_begun = self.order.len() <= order.len()
            && self.order.iter().zip(order).all(|(given, key)| given.is_same(key));
        let tells_apart_more = !self.distinct_on.is_empty() && order.len() > self.distinct_on.len();
        let reasons =
            [(self.offset.is_some(), NO_OFFSET), (!is_begun, NO_ORDER), (tells_apart_more, NO_DISTINCT)];
        reasons.into_iter().find_map(|(holds, why)| holds.then_some(why))
    }

    /// Replaces the query's order.
    pub(super) fn set_order(&mut self, order: Vec<OrderBy<M>>) {
        self.order = order;
    }

    pub(super) fn scoped<T>(self) -> Query<M, T> {
        let Self { distinct_on, filter, order, limit, offset, lock, scope: _ } = self;
        Query { distinct_on, filter, order, limit, offset, lock, scope: PhantomData }
    }

    /// The query's expressions, each of which may read columns over relations.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Parts> {
        self.parts_unsorted().chain(self.order.iter().map(|order| &order.by))
    }

    /// The expressions that still matter where nobody sees the order of the rows.
    pub(super) fn parts_unsorted(&self) -> impl Iterator<Item = &Parts> {
        self.distinct_on.iter().chain(self.filter.iter().map(|filter| &filter.parts))
    }

    /// The expressions that must have the same text wherever the statement repeats them, since they sort the rows or
    /// tell them apart.
    pub(super) fn repeated(&self) -> impl Iterator<Item = &Parts> {
        self.distinct_on.iter().chain(self.order.iter().map(|order| &order.by))
    }

    /// Whether both read the same rows in the same order.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let filter = |query: &Self| query.filter.as_ref().map(|filter| filter.parts.clone());
        self.distinct_on == other.distinct_on
            && filter(self) == filter(other)
            && self.order.len() == other.order.len()
            && self.order.iter().zip(&other.order).all(|(left, right)| left.is_same(right))
            && (self.limit, self.offset, self.lock) == (other.limit, other.offset, other.lock)
    }

    pub(super) fn is_plain(&self) -> bool {
        self.distinct_on.is_empty()
            && self.filter.is_none()
            && self.order.is_empty()
            && self.limit.is_none()
            && self.offset.is_none()
            && self.lock.is_none()
    }

    /// Writes a query of whole rows, with the values `more` before the columns of each.
    pub(super) fn write_rows<'a>(
        &'a self,
        sql: &mut SqlWriter<'a>,
        more: impl Iterator<Item = &'a Parts> + Clone,
    ) {
        sql.reach(self.parts().chain(more.clone()));
        let has_more = more.clone().next().is_some();
        if has_more || !self.distinct_on.is_empty() {
            sql.repeat(self.repeated());
        }
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
        if has_more {
            sql.sorting(|sql| self.write_order(sql));
        } else {
            self.write_order(sql);
        }
    }

    pub(super) fn write_distinct_on<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        if !self.distinct_on.is_empty() {
            sql.push("DISTINCT ON (");
            sql.list(", ", &self.distinct_on, |sql, parts| sql.told_apart(parts.why_not_told_apart(), parts));
            sql.push(") ");
        }
    }

    /// Writes what follows the table: a `WHERE` of `condition` and of the query's own filter, then order, limit and
    /// lock.
    pub(crate) fn write_rest_where<'a>(
        &'a self,
        sql: &mut SqlWriter<'a>,
        condition: impl FnOnce(&mut SqlWriter<'a>),
    ) {
        condition(sql.push(" WHERE "));
        if let Some(filter) = &self.filter {
            sql.push(" AND (").of_rows(|sql| filter.parts.write(sql));
            sql.push(")");
        }
        // A cast of a column has the column's name (`related_values_are_sorted_by_columns_and_not_by_what_is_selected`).
        sql.sorting(|sql| self.write_order(sql));
    }

    /// Writes `SELECT … FROM …` for whole rows that have no other values before their columns.
    pub(crate) fn write_from(sql: &mut SqlWriter<'_>) {
        if sql.is_joined() {
            sql.push(SELECT).columns(M::COLUMNS).push(" FROM ").tables();
        } else {
            sql.push(M::SELECT);
        }
    }

    pub(super) fn write_where<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.write_condition(sql, " WHERE ");
    }

    fn write_condition<'a>(&'a self, sql: &mut SqlWriter<'a>, word: &'static str) {
        if let Some(filter) = &self.filter {
            sql.push(word).of_rows(|sql| filter.parts.write(sql));
        }
    }

    pub(super) fn write_order<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        write_order(sql, &self.order, self.limit, self.offset);
        if let Some(lock) = self.lock {
            lock.write(sql);
        }
    }

    /// Writes limit, offset and lock, but no order, where nobody sees it.
    pub(super) fn write_unsorted<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        write_order::<M>(sql, &[], self.limit, self.offset);
        if let Some(lock) = self.lock {
            lock.write(sql);
        }
    }
}

impl<M: Model, S> Reads for Query<M, S> {
    type Model = M;
    type Row = M;
    type Scope = S;

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.write_rows(sql, std::iter::empty());
    }

    /// Writes a query that gives a `1` for each row.
    fn write_ones<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.reach(self.parts_unsorted());
        sql.push(SELECT).sorting(|sql| self.write_distinct_on(sql));
        self.write_where(sql.push("1 FROM ").tables());
        self.write_unsorted(sql);
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

    fn at_most(&mut self, rows: i64) {
        self.limit = Some(self.limit.map_or(rows, |limit| limit.min(rows)));
    }

    fn statement(&self, verb: &'static str) -> Statement<'_> {
        let statement = if self.is_plain() {
            Statement::new(M::SELECT, Values::new(), self.intent())
        } else {
            let mut sql = SqlWriter::new(M::TABLE);
            self.write_rows(&mut sql, std::iter::empty());
            sql.finish(self.intent())
        };
        reading::<M>(statement, Sharing::Read).named(M::NAME, verb).on(M::TABLE).rows_of(M::COLUMNS)
    }
}

impl<M, S> Clone for Query<M, S> {
    fn clone(&self) -> Self {
        let Self { distinct_on, filter, order, limit, offset, lock, scope } = self;
        let (distinct_on, filter, order) = (distinct_on.clone(), filter.clone(), order.clone());
        Self { distinct_on, filter, order, limit: *limit, offset: *offset, lock: *lock, scope: *scope }
    }
}

/// Shows the query without its values, which stay secret.
impl<M, S> fmt::Debug for Query<M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("distinct_on", &self.distinct_on)
            .field("filter", &self.filter)
            .field("order", &self.order)
            .field("limit", &self.limit)
            .field("offset", &self.offset)
            .field("lock", &self.lock)
            .finish()
    }
}

/// The rows that a query reads, as the condition of an update or a delete.
#[derive(Debug)]
pub struct OfQuery<M>(Query<M>);

/// The system columns that identify a stored row: `ctid` alone does not where the rows are in partitions or child
/// tables (<https://www.postgresql.org/docs/current/ddl-system-columns.html>).
const PLACE: [&str; 2] = ["tableoid", "ctid"];

impl<M: Model> OfQuery<M> {
    /// Writes `(tableoid, ctid) IN (SELECT …)`: an `UPDATE` and a `DELETE` have no limit of their own.
    fn write_places<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        let place = |sql: &mut SqlWriter<'a>| {
            sql.list(", ", PLACE, |sql, column| {
                sql.column(column);
            });
        };
        place(sql.push("("));
        sql.push(") IN (").apart(M::TABLE, |sql| {
            sql.reach(self.0.parts());
            sql.repeat(self.0.repeated());
            sql.push(SELECT).sorting(|sql| self.0.write_distinct_on(sql));
            place(sql);
            self.0.write_where(sql.push(" FROM ").tables());
            sql.sorting(|sql| self.0.write_order(sql));
        });
        sql.push(")");
    }
}

impl<M: Model> Condition for OfQuery<M> {
    const IS_KEY: bool = false;

    fn parts(&self) -> impl Iterator<Item = &Parts> {
        self.0.filter.iter().filter(|_| !self.0.is_cut()).map(|filter| &filter.parts)
    }

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>, word: &'static str) {
        if self.0.is_cut() {
            self.write_places(sql.push(word));
        } else {
            self.0.write_condition(sql, word);
        }
    }
}

/// Writes `ORDER BY`, `LIMIT` and `OFFSET`.
pub(super) fn write_order<'a, M>(
    sql: &mut SqlWriter<'a>,
    order: &'a [OrderBy<M>],
    limit: Option<i64>,
    offset: Option<i64>,
) {
    if !order.is_empty() {
        sql.push(" ORDER BY ").list(", ", order, |sql, order| order.write(sql));
    }
    sql.cut(limit, offset);
}
