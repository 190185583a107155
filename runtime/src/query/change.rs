//! Updates and deletes.

use std::marker::PhantomData;

use super::{
    ByKey, Selection,
    assign::Assignments,
    run::Each,
    write::{self, OfExactlyOneRow, OfOneRow, Returned, Returning, Writes},
};
use crate::{
    error::Result,
    expr::{Assign, Filter},
    model::{Column, DecodeError, Decoder, Keyed, Model, Settable},
    pool::Target,
    sql::{Intent, Sharing, SqlWriter, Statement},
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

/// An update of rows of `M`. Where nothing is set, nothing is changed: `execute` sends nothing and counts 0, `all` only
/// reads the rows.
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

    /// Returns columns or expressions in place of whole rows.
    pub fn returning<R: Selection<M>>(self, columns: R) -> Returning<Self, R> {
        Returning::new(self, columns)
    }

    fn statement<'a>(&'a self, returned: Returned<'a>) -> Statement<'a> {
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
        changing::<M, C>(sql, "update").rows_of(returned.columns())
    }
}

impl<M: Model, C: Condition> Writes for Update<M, C> {
    type Model = M;
    type Row = M;
    type Done = u64;

    async fn run(&self, target: Target<'_>, returned: Returned<'_>, each: Each<'_>) -> Result<u64> {
        if self.assignments.is_empty() && returned.is_nothing() {
            return Ok(0);
        }
        write::change(target, &self.statement(returned), returned, each).await
    }

    fn decode(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError> {
        M::decode(row)
    }

    fn done(rows: u64) -> Self::Done {
        rows
    }
}

impl<M: Keyed> OfOneRow for Update<M, ByKey<M>> {}
impl<M: Keyed> OfExactlyOneRow for Update<M, ByKey<M>> {}

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

    /// Returns columns or expressions in place of whole rows.
    pub fn returning<R: Selection<M>>(self, columns: R) -> Returning<Self, R> {
        Returning::new(self, columns)
    }

    fn statement<'a>(&'a self, returned: Returned<'a>) -> Statement<'a> {
        let mut sql = SqlWriter::new(M::TABLE);
        sql.push("DELETE FROM ").push(M::TABLE);
        self.condition.write(&mut sql);
        returned.write(&mut sql);
        changing::<M, C>(sql, "delete").rows_of(returned.columns())
    }
}

impl<M: Model, C: Condition> Writes for Delete<M, C> {
    type Model = M;
    type Row = M;
    type Done = u64;

    async fn run(&self, target: Target<'_>, returned: Returned<'_>, each: Each<'_>) -> Result<u64> {
        write::change(target, &self.statement(returned), returned, each).await
    }

    fn decode(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError> {
        M::decode(row)
    }

    fn done(rows: u64) -> Self::Done {
        rows
    }
}

impl<M: Keyed> OfOneRow for Delete<M, ByKey<M>> {}
impl<M: Keyed> OfExactlyOneRow for Delete<M, ByKey<M>> {}

/// A change of rows of `M`. One of a single row may share a commit with others.
fn changing<'a, M: Model, C: Condition>(sql: SqlWriter<'a>, verb: &'static str) -> Statement<'a> {
    let sharing = if C::IS_KEY { Sharing::Commit } else { Sharing::Alone };
    sql.finish(Intent::Write).shared(sharing).named(M::NAME, verb).on(M::TABLE)
}
