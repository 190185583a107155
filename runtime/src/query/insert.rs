//! Inserts of one row.

use super::{
    Selection,
    assign::{Assignments, write_stored},
    new_row::NewRow,
    run::Each,
    select::SELECT,
    tail::Tail,
    upsert::{InOneStatement, Inserting},
    write::{self, OfExactlyOneRow, OfOneRow, Returned, Returning, Writes},
    write_names,
};
use crate::{
    error::Result,
    expr::Assign,
    model::{Column, DecodeError, Decoder, Model, Settable},
    pool::Target,
    sql::{ColumnDef, Intent, Sharing, SqlWriter, Statement, Values},
};

pub(super) type ModelOf<N> = <N as NewRow>::Model;

/// An insert of one row.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// # use ormgen_runtime::Result;
/// async fn example(dbs: &Databases) -> Result<Customer> {
///     Customer::insert(NewCustomer { name: "Ada".into() }).set(Customer::CITY, "Delft").one(dbs).await
/// }
/// ```
#[derive(Debug)]
#[must_use = "an insert does nothing until it is run: `.one(&dbs).await`"]
pub struct Insert<N> {
    row: N,
    pub(super) assignments: Assignments,
}

impl<N: NewRow> Insert<N> {
    pub(super) fn new(mut row: N) -> Self {
        let assignments = row.take_given();
        Self { row, assignments }
    }

    /// Sets a column to a value, in place of the default that the database would give it.
    pub fn set<T, K: Settable>(
        mut self,
        column: Column<ModelOf<N>, T, K>,
        value: impl Assign<ModelOf<N>, T, K>,
    ) -> Self {
        self.assignments.set(column.def, value.into_assigned());
        self
    }

    /// Sets a column, if there is a value; for `None` it gets its default.
    pub fn set_some<T, K: Settable, V: Assign<ModelOf<N>, T, K>>(
        self,
        column: Column<ModelOf<N>, T, K>,
        value: Option<V>,
    ) -> Self {
        match value {
            Some(value) => self.set(column, value),
            None => self,
        }
    }

    /// Returns columns or expressions in place of the whole row.
    pub fn returning<C: Selection<ModelOf<N>>>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }

    pub(super) fn statement<'a>(&'a self, tail: Tail<'a>) -> Statement<'a> {
        if let Some(insert) = self.generated(tail) {
            let mut values = Values::with_capacity(N::columns().len());
            self.row.bind(&mut values);
            return self.named(Statement::new(insert, values, Intent::Write), tail);
        }
        let mut sql = SqlWriter::new(ModelOf::<N>::TABLE);
        self.write(&mut sql, tail);
        self.named(sql.finish(Intent::Write), tail)
    }

    pub(super) fn write<'a>(&'a self, sql: &mut SqlWriter<'a>, tail: Tail<'a>) {
        sql.push("INSERT INTO ").push(ModelOf::<N>::TABLE).push(tail.alias());
        self.write_row(sql);
        tail.write(sql);
    }

    fn named<'a>(&'a self, statement: Statement<'a>, tail: Tail<'a>) -> Statement<'a> {
        let sharing = if tail.returned_alone().is_some() { Sharing::Commit } else { Sharing::Alone };
        statement
            .shared(sharing)
            .named(ModelOf::<N>::NAME, "insert")
            .on(ModelOf::<N>::TABLE)
            .rows_of(tail.columns())
    }

    /// The `INSERT` text from the generated code, if it is exactly this statement.
    fn generated(&self, tail: Tail<'_>) -> Option<&'static str> {
        let insert = N::INSERT.filter(|_| self.assignments.is_empty())?;
        match tail.returned_alone()? {
            Returned::Row(_) => Some(insert),
            Returned::Nothing => without_returning::<ModelOf<N>>(insert),
            Returned::Selected(_) => None,
        }
    }

    /// The row's own columns, without those that `set` has replaced, and their values.
    pub(super) fn given(&self) -> (Vec<ColumnDef>, Values<'_>) {
        let mut row = Values::new();
        self.row.bind(&mut row);
        N::columns().iter().copied().zip(row).filter(|(column, _)| !self.assignments.sets(column)).unzip()
    }

    fn write_row<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        let (given, values) = self.given();
        if given.is_empty() && self.assignments.is_empty() {
            sql.push(" DEFAULT VALUES");
            return;
        }
        write_names(sql.push(" ("), given.iter().chain(self.assignments.columns()));
        sql.push(")").push(overriding(&given)).push(" VALUES (");
        sql.list(", ", given.iter().zip(values), |sql, (column, value)| {
            write_stored(sql, column, |sql| {
                sql.value(value);
            });
        });
        if !given.is_empty() && !self.assignments.is_empty() {
            sql.push(", ");
        }
        self.assignments.write_values(sql);
        sql.push(")");
    }
}

/// The generated `INSERT` of `M` without its `RETURNING`, which lists the columns that `SELECT` reads.
fn without_returning<M: Model>(insert: &'static str) -> Option<&'static str> {
    let columns = M::SELECT.strip_prefix(SELECT)?.strip_suffix(M::TABLE)?.strip_suffix(" FROM ")?;
    insert.strip_suffix(columns)?.strip_suffix(" RETURNING ")
}

/// Without this clause the server refuses a given value for a `GENERATED ALWAYS AS IDENTITY` column
/// (<https://www.postgresql.org/docs/current/sql-insert.html>).
pub(super) fn overriding(columns: &[ColumnDef]) -> &'static str {
    if columns.iter().any(|column| column.identity) { " OVERRIDING SYSTEM VALUE" } else { "" }
}

impl<N: NewRow> Writes for Insert<N> {
    type Model = ModelOf<N>;
    type Row = ModelOf<N>;
    type Done = u64;

    const INSERTS: bool = true;

    async fn run(&self, target: Target<'_>, returned: Returned<'_>, each: Each<'_>) -> Result<u64> {
        self.run_with(target, Tail::returning(returned), returned, each).await
    }

    fn decode(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError> {
        ModelOf::<N>::decode(row)
    }

    fn done(rows: u64) -> Self::Done {
        rows
    }
}

impl<N: NewRow> Inserting for Insert<N> {
    type UpsertDone = bool;

    fn upsert_done(rows: u64) -> bool {
        rows > 0
    }

    fn given_columns(&self) -> Vec<ColumnDef> {
        self.given().0.into_iter().chain(self.assignments.columns().copied()).collect()
    }

    async fn run_with(
        &self,
        target: Target<'_>,
        tail: Tail<'_>,
        returned: Returned<'_>,
        each: Each<'_>,
    ) -> Result<u64> {
        write::change(target, &self.statement(tail), returned, each).await
    }
}

impl<N: NewRow> OfOneRow for Insert<N> {}
impl<N: NewRow> OfExactlyOneRow for Insert<N> {}

impl<N: NewRow> InOneStatement for Insert<N> {
    fn with_tail<'a>(&'a self, tail: Tail<'a>) -> Statement<'a> {
        self.statement(tail)
    }
}
