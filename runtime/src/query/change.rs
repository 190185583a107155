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
    expr::{Assign, IntoFilter, OfRows},
    model::{Column, DecodeError, Decoder, Keyed, Model, Settable},
    pool::Target,
    sql::{Intent, Parts, Sharing, SqlWriter, Statement},
};

/// The condition that chooses the rows of an update or a delete.
#[doc(hidden)]
pub trait Condition: Send + Sync {
    /// Whether at most one row fulfils the condition.
    const IS_KEY: bool;

    /// The condition's expressions, each of which may read columns over relations.
    fn parts(&self) -> impl Iterator<Item = &Parts>;

    /// Writes the condition after `word`, if there is one.
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>, word: &'static str);
}

/// An update of rows of `M`. An update that sets no column changes nothing: it only counts or reads the rows.
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

    /// Sets a column, if there is a value: for `None` the column stays as it is, which is what a form with some fields
    /// left out asks for. To store NULL say so: `.set(Customer::CITY, NULL)`, or `set` with an `Option`. For a nullable
    /// column the value may be an `Option` itself: `Some(None)` stores NULL, which is how a PATCH tells `null` from a
    /// field that is left out.
    pub fn set_some<T, K: Settable, V: Assign<M, T, K>>(
        self,
        column: Column<M, T, K>,
        value: Option<V>,
    ) -> Self {
        match value {
            Some(value) => self.set(column, value),
            None => self,
        }
    }

    /// Returns columns or expressions in place of whole rows, each of the row as it is afterwards: a relation leads on from
    /// the new key.
    pub fn returning<R: Selection<M>>(self, columns: R) -> Returning<Self, R> {
        Returning::new(self, columns)
    }

    /// The SQL text that `execute` sends, for people to read: `$1`, `$2`, … stand in place of the values.
    pub fn sql(&self) -> String {
        self.statement(Returned::Nothing).sql.into_owned()
    }

    fn statement<'a>(&'a self, returned: Returned<'a>) -> Statement<'a> {
        let mut sql = SqlWriter::new(M::TABLE);
        self.write(&mut sql, returned);
        changing::<M, C>(sql, "update").rows_of(returned.columns())
    }

    pub(super) fn write<'a>(&'a self, sql: &mut SqlWriter<'a>, returned: Returned<'a>) {
        let parts = self.assignments.parts().chain(self.condition.parts());
        if self.assignments.is_empty() {
            sql.reach(parts.chain(returned.parts()));
            returned.write_list(sql.push("SELECT "));
            sql.push(" FROM ").tables();
            self.condition.write(sql, " WHERE ");
        } else {
            sql.reach_sure(parts);
            sql.name_rows(returned.parts());
            self.assignments.write(sql.push("UPDATE ").first_table().push(" SET "));
            write_rows(sql, " FROM ", &self.condition);
            sql.after_change(|sql| returned.write(sql));
        }
    }
}

impl<M: Model, C: Condition> Writes for Update<M, C> {
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

impl<M: Keyed> Update<M, ByKey<M>> {
    /// Updates the row only if it fulfils this condition too; see [`Find::filter`](super::Find::filter).
    pub fn filter<P: OfRows>(self, filter: impl IntoFilter<M, P>) -> Self {
        Self { condition: self.condition.and(filter), ..self }
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

    /// The SQL text that `execute` sends, for people to read: `$1`, `$2`, … stand in place of the values.
    pub fn sql(&self) -> String {
        self.statement(Returned::Nothing).sql.into_owned()
    }

    fn statement<'a>(&'a self, returned: Returned<'a>) -> Statement<'a> {
        let mut sql = SqlWriter::new(M::TABLE);
        self.write(&mut sql, returned);
        changing::<M, C>(sql, "delete").rows_of(returned.columns())
    }

    pub(super) fn write<'a>(&'a self, sql: &mut SqlWriter<'a>, returned: Returned<'a>) {
        sql.reach_sure(self.condition.parts().chain(returned.parts()));
        sql.push("DELETE FROM ").first_table();
        write_rows(sql, " USING ", &self.condition);
        returned.write(sql);
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

impl<M: Keyed> Delete<M, ByKey<M>> {
    /// Deletes the row only if it fulfils this condition too; see [`Find::filter`](super::Find::filter).
    pub fn filter<P: OfRows>(self, filter: impl IntoFilter<M, P>) -> Self {
        Self { condition: self.condition.and(filter), ..self }
    }
}

impl<M: Keyed> OfOneRow for Delete<M, ByKey<M>> {}
impl<M: Keyed> OfExactlyOneRow for Delete<M, ByKey<M>> {}

/// Writes, after `word`, the further tables that a change reads, and then the condition on its rows.
fn write_rows<'a>(sql: &mut SqlWriter<'a>, word: &'static str, condition: &'a impl Condition) {
    let is_further = sql.further_tables(word).further_links();
    condition.write(sql, if is_further { " AND " } else { " WHERE " });
}

/// The statement of a change of rows of `M`. A change of a single row may share a commit with others.
fn changing<'a, M: Model, C: Condition>(sql: SqlWriter<'a>, verb: &'static str) -> Statement<'a> {
    let sharing = if C::IS_KEY { Sharing::Commit } else { Sharing::Alone };
    sql.finish(Intent::Write).shared(sharing).named(M::NAME, verb).on(M::TABLE)
}
