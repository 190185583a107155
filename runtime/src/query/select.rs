//! Queries of rows.

use std::{borrow::Cow, marker::PhantomData, pin::Pin};

use futures_util::Stream;

use super::{Delete, Update, call, rows, write_select};
use crate::{
    Result,
    executor::{Executor, Intent},
    expr::{Filter, IntoFilter, Order, Parts},
    model::{Model, Writable},
    sql::{Call, SqlWriter, Values},
};

/// A query that takes every row its filter lets through. It can become an update or a delete.
#[derive(Debug)]
pub enum Whole {}

/// A query that takes some of the rows only: it has a limit, an offset or a lock.
#[derive(Debug)]
pub enum Cut {}

/// A query of the rows of `M`. Nothing is sent before one of its `async` methods is awaited.
#[derive(Debug)]
#[must_use = "a query does nothing until it is run: `.all(&dbs).await`"]
pub struct Query<M, S = Whole> {
    filter: Option<Filter<M>>,
    order: Vec<Order<M>>,
    limit: Option<u64>,
    offset: Option<u64>,
    lock: Option<Lock>,
    scope: PhantomData<fn() -> S>,
}

/// A lock on the rows that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    Update,
    Share,
}

impl Lock {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Update => " FOR UPDATE",
            Self::Share => " FOR SHARE",
        }
    }
}

/// What an update or a delete can be made of: a query that takes every row of its filter.
#[diagnostic::on_unimplemented(
    message = "an update or a delete has no limit, offset or lock",
    label = "this query takes some of the rows only",
    note = "leave the limit out; or read the keys first, and filter by them: `ID.is_in(keys)`"
)]
pub trait AllRows {}

impl AllRows for Whole {}

impl<M: Model> Query<M> {
    pub(super) fn new() -> Self {
        Self { filter: None, order: Vec::new(), limit: None, offset: None, lock: None, scope: PhantomData }
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
        let filter = filter.into_filter();
        self.filter = Some(match self.filter {
            Some(before) => before.and(filter),
            None => filter,
        });
        self
    }

    /// Sorts by `order`; after every order given before.
    pub fn order_by(mut self, order: Order<M>) -> Self {
        self.order.push(order);
        self
    }

    /// At most this many rows.
    pub fn limit(self, rows: u64) -> Query<M, Cut> {
        Query { limit: Some(rows), ..self.cut() }
    }

    /// Without the first rows.
    pub fn offset(self, rows: u64) -> Query<M, Cut> {
        Query { offset: Some(rows), ..self.cut() }
    }

    /// Locks the rows against changes until the transaction ends.
    pub fn for_update(self) -> Query<M, Cut> {
        Query { lock: Some(Lock::Update), ..self.cut() }
    }

    /// Locks the rows against changes, but not against other shared locks, until the transaction ends.
    pub fn for_share(self) -> Query<M, Cut> {
        Query { lock: Some(Lock::Share), ..self.cut() }
    }

    /// Every row.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn all(self, executor: impl Executor<M::Db>) -> Result<Vec<M>> {
        self.rows(&executor).await
    }

    pub(super) async fn rows(&self, executor: &impl Executor<M::Db>) -> Result<Vec<M>> {
        let (call, values) = self.statement("all");
        rows::all(executor.target(), self.intent(), &call, &values).await
    }

    /// The only row.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none,
    /// [`Error::TooManyRows`](crate::Error::TooManyRows) if there are several.
    pub async fn one(self, executor: impl Executor<M::Db>) -> Result<M> {
        let query = self.at_most(2);
        let (call, values) = query.statement("one");
        rows::one(executor.target(), query.intent(), &call, &values).await
    }

    /// The only row, if there is one.
    ///
    /// # Errors
    /// [`Error::TooManyRows`](crate::Error::TooManyRows) if there are several.
    pub async fn optional(self, executor: impl Executor<M::Db>) -> Result<Option<M>> {
        let query = self.at_most(2);
        let (call, values) = query.statement("optional");
        rows::optional(executor.target(), query.intent(), &call, &values).await
    }

    /// The first row of several, in the query's order.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn first(self, executor: impl Executor<M::Db>) -> Result<Option<M>> {
        let query = self.at_most(1);
        let (call, values) = query.statement("first");
        rows::optional(executor.target(), query.intent(), &call, &values).await
    }

    /// How many rows there are.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn count(self, executor: impl Executor<M::Db>) -> Result<i64> {
        let (call, values) = self.around("count", "SELECT count(*) FROM (", ") AS counted");
        rows::scalar(executor.target(), self.intent(), &call, &values).await
    }

    /// Whether there is a row.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn exists(self, executor: impl Executor<M::Db>) -> Result<bool> {
        let (call, values) = self.around("exists", "SELECT EXISTS (", ")");
        rows::scalar(executor.target(), self.intent(), &call, &values).await
    }

    /// The rows as they arrive, in constant memory.
    ///
    /// On a connection or a transaction, nothing else gets an answer before the stream has ended or is dropped:
    /// do not wait for another statement on it in between.
    ///
    /// # Errors
    /// Those of taking a connection and of the server; then those of each row.
    pub async fn stream<'e, E: Executor<M::Db>>(
        self,
        executor: &'e E,
    ) -> Result<Pin<Box<dyn Stream<Item = Result<M>> + Send + 'e>>> {
        let (call, values) = self.statement("stream");
        rows::stream(executor.target(), self.intent(), call, &values).await
    }

    pub(super) fn set_limit(&mut self, rows: u64) {
        self.limit = Some(rows);
    }

    pub(super) fn limit_to_one(&mut self) {
        self.limit = Some(self.limit.map_or(1, |limit| limit.min(1)));
    }

    pub(super) fn set_offset(&mut self, rows: u64) {
        self.offset = Some(rows);
    }

    /// One more row than wanted tells that there are too many.
    pub(super) fn at_most(self, rows: u64) -> Query<M, Cut> {
        let limit = self.limit.map_or(rows, |limit| limit.min(rows));
        self.limit(limit)
    }

    fn cut(self) -> Query<M, Cut> {
        let Self { filter, order, limit, offset, lock, scope: _ } = self;
        Query { filter, order, limit, offset, lock, scope: PhantomData }
    }

    /// A row that is locked is about to be changed: it is read where it is written.
    pub(super) fn intent(&self) -> Intent {
        if self.lock.is_some() { Intent::Write } else { Intent::Read }
    }

    fn statement(&self, verb: &'static str) -> (Call, Values<'_>) {
        if self.is_plain() {
            return (call::<M>(M::SELECT, verb), Values::new());
        }
        let mut sql = SqlWriter::new(M::TABLE);
        sql.reach(self.parts());
        write_select::<M>(&mut sql);
        self.write_rest(&mut sql);
        let (text, values) = sql.finish();
        (call::<M>(Cow::Owned(text), verb), values)
    }

    /// The same rows inside another statement, which does not read their columns.
    fn around(&self, verb: &'static str, before: &'static str, after: &'static str) -> (Call, Values<'_>) {
        let mut sql = SqlWriter::new(M::TABLE);
        self.write_ones(sql.push(before));
        sql.push(after);
        let (text, values) = sql.finish();
        (call::<M>(text, verb), values)
    }

    /// A `1` for each row.
    pub(super) fn write_ones<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.reach(self.parts());
        sql.push("SELECT 1 FROM ").tables();
        self.write_rest(sql);
    }

    fn is_plain(&self) -> bool {
        self.filter.is_none()
            && self.order.is_empty()
            && self.limit.is_none()
            && self.offset.is_none()
            && self.lock.is_none()
    }

    fn write_rest<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.write_where(sql);
        self.write_order(sql);
    }

    pub(super) fn write_where<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        if let Some(filter) = &self.filter {
            filter.parts.write(sql.push(" WHERE "));
        }
    }

    pub(super) fn write_order<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        if !self.order.is_empty() {
            sql.push(" ORDER BY ").list(", ", &self.order, |sql, order| order.parts.write(sql));
        }
        // Numbers of ormgen's own type, not text: they are safe to write, and help the planner.
        if let Some(limit) = self.limit {
            sql.push(" LIMIT ").number(limit);
        }
        if let Some(offset) = self.offset {
            sql.push(" OFFSET ").number(offset);
        }
        if let Some(lock) = self.lock {
            sql.push(lock.text()).of_first();
        }
    }

    /// Its expressions, each of which may reach over relations.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Parts> {
        self.filter.iter().map(|filter| &filter.parts).chain(self.order.iter().map(|order| &order.parts))
    }
}
