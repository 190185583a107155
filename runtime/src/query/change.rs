//! Updates and deletes.

use std::marker::PhantomData;

use super::{
    ByKey, Selection,
    assign::Assignments,
    call,
    write::{self, Each, OfOneRow, Returned, Returning, Write},
};
use crate::{
    error::Result,
    executor::Writer,
    expr::{Assign, Filter},
    model::{Column, Keyed, Model, Settable},
    pool::Target,
    sql::{Call, Sharing, SqlWriter, Values},
};

/// Which rows an update or a delete is for.
#[doc(hidden)]
pub trait Condition: Send + Sync {
    /// Whether it holds for one row at most.
    const IS_KEY: bool;

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>);
}

impl<M> Condition for Option<Filter<M>> {
    const IS_KEY: bool = false;

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        if let Some(filter) = self {
            filter.parts.write(sql.push(" WHERE "));
        }
    }
}

/// A change of one row may share a commit with others.
fn finish<'a, M: Model, C: Condition>(sql: SqlWriter<'a>, verb: &'static str) -> (Call, Values<'a>) {
    let sharing = if C::IS_KEY { sql.commit_sharing() } else { Sharing::Alone };
    let (text, values) = sql.finish();
    (call::<M>(text, verb).sharing(sharing), values)
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
        write::execute(&self, executor).await
    }

    /// Runs it and returns the rows as they are now. Where nothing is set, they are only read.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn all(self, executor: impl Writer<M::Db>) -> Result<Vec<M>> {
        write::all(&self, executor).await
    }

    /// Returns columns or expressions in place of whole rows.
    pub fn returning<R: Selection<M>>(self, columns: R) -> Returning<Self, R> {
        Returning::new(self, columns)
    }

    fn statement<'a>(&'a self, returned: Returned<'a>) -> (Call, Values<'a>) {
        let mut sql = SqlWriter::new(M::TABLE);
        if self.assignments.is_empty() {
            returned.write_list(sql.push("SELECT "));
            sql.push(" FROM ").push(M::TABLE);
            self.condition.write(&mut sql);
        } else {
            self.assignments.write(sql.push("UPDATE ").push(M::TABLE).push(" SET "));
            self.condition.write(&mut sql);
            returned.write(&mut sql);
        }
        finish::<M, C>(sql, "update")
    }
}

impl<M: Keyed> Update<M, ByKey<M>> {
    /// Runs it and returns the row as it is now. Where nothing is set, it is only read.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none; those of taking a connection and of the server.
    pub async fn one(self, executor: impl Writer<M::Db>) -> Result<M> {
        write::one(&self, executor).await
    }

    /// The same, where there may be no such row.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn optional(self, executor: impl Writer<M::Db>) -> Result<Option<M>> {
        write::optional(&self, executor).await
    }
}

impl<M: Model, C: Condition> Write for Update<M, C> {
    type Model = M;

    async fn run(&self, target: Target<'_>, returned: Returned<'_>, each: Each<'_>) -> Result<u64> {
        if self.assignments.is_empty() && returned.is_nothing() {
            return Ok(0);
        }
        write::run(target, self.statement(returned), returned, each).await
    }
}

impl<M: Keyed> OfOneRow for Update<M, ByKey<M>> {}

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
        write::execute(&self, executor).await
    }

    /// Runs it and returns the rows as they were.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn all(self, executor: impl Writer<M::Db>) -> Result<Vec<M>> {
        write::all(&self, executor).await
    }

    /// Returns columns or expressions in place of whole rows.
    pub fn returning<R: Selection<M>>(self, columns: R) -> Returning<Self, R> {
        Returning::new(self, columns)
    }

    fn statement<'a>(&'a self, returned: Returned<'a>) -> (Call, Values<'a>) {
        let mut sql = SqlWriter::new(M::TABLE);
        sql.push("DELETE FROM ").push(M::TABLE);
        self.condition.write(&mut sql);
        returned.write(&mut sql);
        finish::<M, C>(sql, "delete")
    }
}

impl<M: Keyed> Delete<M, ByKey<M>> {
    /// Runs it and returns the row as it was.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none; those of taking a connection and of the server.
    pub async fn one(self, executor: impl Writer<M::Db>) -> Result<M> {
        write::one(&self, executor).await
    }

    /// The same, where there may be no such row.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn optional(self, executor: impl Writer<M::Db>) -> Result<Option<M>> {
        write::optional(&self, executor).await
    }
}

impl<M: Model, C: Condition> Write for Delete<M, C> {
    type Model = M;

    async fn run(&self, target: Target<'_>, returned: Returned<'_>, each: Each<'_>) -> Result<u64> {
        write::run(target, self.statement(returned), returned, each).await
    }
}

impl<M: Keyed> OfOneRow for Delete<M, ByKey<M>> {}
