//! Updates and deletes.

use std::marker::PhantomData;

use super::{call, rows, write_returning};
use crate::{
    Result,
    column::{Column, ColumnDef, Settable},
    executor::{Intent, Writer},
    expr::{Assign, Filter, Parts},
    model::Model,
    sql::{Call, SqlWriter, Values},
};

/// Which rows an update or a delete is for.
#[doc(hidden)]
pub trait Condition: Send + Sync {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>);
}

impl<M> Condition for Option<Filter<M>> {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        if let Some(filter) = self {
            filter.parts.write(sql.push(" WHERE "));
        }
    }
}

/// Columns and what they are set to. A column that is set twice keeps the last.
#[derive(Debug, Default)]
pub(super) struct Assignments(Vec<(ColumnDef, Parts)>);

impl Assignments {
    pub fn set(&mut self, column: ColumnDef, value: Parts) {
        self.0.retain(|(set, _)| set.name != column.name);
        self.0.push((column, value));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn columns(&self) -> impl Iterator<Item = &ColumnDef> {
        self.0.iter().map(|(column, _)| column)
    }

    /// The values alone, in the order of [`columns`](Self::columns).
    pub fn write_values<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.list(", ", &self.0, |sql, (column, value)| write_stored(sql, column, |sql| value.write(sql)));
    }

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.list(", ", &self.0, |sql, (column, value)| {
            sql.push(column.name).push(" = ");
            write_stored(sql, column, |sql| value.write(sql));
        });
    }
}

/// A value on its way into a column, cast where the driver cannot write the column's own type.
pub(super) fn write_stored<'a>(
    sql: &mut SqlWriter<'a>,
    column: &ColumnDef,
    value: impl FnOnce(&mut SqlWriter<'a>),
) {
    value(sql);
    if column.cast {
        sql.push("::").push(column.sql_type);
    }
}

/// An update of rows of `M`.
#[derive(Debug)]
#[must_use = "an update does nothing until it is run: `.execute(&dbs).await`"]
pub struct Update<M, C> {
    condition: C,
    assignments: Assignments,
    model: PhantomData<fn() -> M>,
}

impl<M: Model, C: Condition> Update<M, C> {
    pub(super) fn new(condition: C) -> Self {
        Self { condition, assignments: Assignments::default(), model: PhantomData }
    }

    /// Sets a column to a value, or to an expression over the row as it was: `Customer::VISITS + 1`.
    pub fn set<T, K: Settable>(mut self, column: Column<M, T, K>, value: impl Assign<M, T, K>) -> Self {
        self.assignments.set(column.def, value.into_assigned());
        self
    }

    /// Runs it and counts the rows. Where nothing is set, nothing is sent and the count is 0.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn execute(self, executor: impl Writer<M::Db>) -> Result<u64> {
        if self.assignments.is_empty() {
            return Ok(0);
        }
        let (call, values) = self.statement(false);
        rows::execute(executor.target(), &call, &values).await
    }

    /// Runs it and returns the rows as they are now. Where nothing is set, nothing is sent.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn all(self, executor: impl Writer<M::Db>) -> Result<Vec<M>> {
        if self.assignments.is_empty() {
            return Ok(Vec::new());
        }
        let (call, values) = self.statement(true);
        rows::all(executor.target(), Intent::Write, &call, &values).await
    }

    fn statement(&self, returning: bool) -> (Call, Values<'_>) {
        let mut sql = SqlWriter::new(M::TABLE);
        sql.push("UPDATE ").push(M::TABLE).push(" SET ");
        self.assignments.write(&mut sql);
        self.condition.write(&mut sql);
        if returning {
            write_returning::<M>(&mut sql);
        }
        let (text, values) = sql.finish();
        (call::<M>(text, "update"), values)
    }
}

/// A delete of rows of `M`.
#[derive(Debug)]
#[must_use = "a delete does nothing until it is run: `.execute(&dbs).await`"]
pub struct Delete<M, C> {
    condition: C,
    model: PhantomData<fn() -> M>,
}

impl<M: Model, C: Condition> Delete<M, C> {
    pub(super) fn new(condition: C) -> Self {
        Self { condition, model: PhantomData }
    }

    /// Runs it and counts the rows.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn execute(self, executor: impl Writer<M::Db>) -> Result<u64> {
        let (call, values) = self.statement(false);
        rows::execute(executor.target(), &call, &values).await
    }

    /// Runs it and returns the rows as they were.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn all(self, executor: impl Writer<M::Db>) -> Result<Vec<M>> {
        let (call, values) = self.statement(true);
        rows::all(executor.target(), Intent::Write, &call, &values).await
    }

    fn statement(&self, returning: bool) -> (Call, Values<'_>) {
        let mut sql = SqlWriter::new(M::TABLE);
        sql.push("DELETE FROM ").push(M::TABLE);
        self.condition.write(&mut sql);
        if returning {
            write_returning::<M>(&mut sql);
        }
        let (text, values) = sql.finish();
        (call::<M>(text, "delete"), values)
    }
}
