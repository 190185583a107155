//! Inserts of one row.

use super::{
    Selection,
    assign::{Assignments, write_stored},
    call, rows,
    select::SELECT,
    source::Source,
    tail::Tail,
    upsert::Inserting,
    write::{self, Each, OfOneRow, Returned, Returning, Write},
    write_names,
};
use crate::{
    error::Result,
    executor::Writer,
    expr::Assign,
    model::{Column, Model, Settable},
    pool::Target,
    sql::{Call, ColumnDef, Intent, Sharing, SqlWriter, Values},
};

pub(super) type ModelOf<N> = <N as Source>::Model;
pub(super) type Db<N> = <ModelOf<N> as Model>::Db;

/// An insert of one row.
#[derive(Debug)]
#[must_use = "an insert does nothing until it is run: `.one(&dbs).await`"]
pub struct Insert<N> {
    row: N,
    pub(super) assignments: Assignments,
}

impl<N: Source> Insert<N> {
    pub(super) fn new(row: N) -> Self {
        Self { row, assignments: Assignments::default() }
    }

    /// Sets a column that the database would have filled in with its default.
    pub fn set<T, K: Settable>(
        mut self,
        column: Column<ModelOf<N>, T, K>,
        value: impl Assign<ModelOf<N>, T, K>,
    ) -> Self {
        self.assignments.set(column.def, value.into_assigned());
        self
    }

    /// Runs it and returns the row as the database stored it, its defaults filled in.
    ///
    /// # Errors
    /// Those of taking a connection and of the server, which tell the constraint that refused the row.
    pub async fn one(self, executor: impl Writer<Db<N>>) -> Result<ModelOf<N>> {
        let (call, values) = self.statement(Tail::returning(Returned::row::<ModelOf<N>>()));
        rows::one(executor.target(), Intent::Write, &call, &values).await
    }

    /// Runs it and returns nothing.
    ///
    /// # Errors
    /// Those of [`one`](Self::one).
    pub async fn execute(self, executor: impl Writer<Db<N>>) -> Result<()> {
        write::execute(&self, executor).await.map(drop)
    }

    /// Returns columns or expressions in place of the whole row.
    pub fn returning<C: Selection<ModelOf<N>>>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }

    pub(super) fn statement<'a>(&'a self, tail: Tail<'a>) -> (Call, Values<'a>) {
        if let Some(insert) = self.generated(tail) {
            let mut values = Values::with_capacity(N::columns().len());
            self.row.bind(&mut values);
            return (call::<ModelOf<N>>(insert, "insert").sharing(Sharing::Commit), values);
        }
        let mut sql = SqlWriter::new(ModelOf::<N>::TABLE);
        sql.push("INSERT INTO ").push(ModelOf::<N>::TABLE).push(tail.alias());
        self.write_row(&mut sql);
        tail.write(&mut sql);
        let sharing = if tail.returned_alone().is_some() { sql.commit_sharing() } else { Sharing::Alone };
        let (text, values) = sql.finish();
        (call::<ModelOf<N>>(text, "insert").sharing(sharing), values)
    }

    /// The statement as the generated code has it, if this is it.
    fn generated(&self, tail: Tail<'_>) -> Option<&'static str> {
        let insert = N::INSERT.filter(|_| self.assignments.is_empty())?;
        match tail.returned_alone()? {
            Returned::Row(_) => Some(insert),
            Returned::Nothing => without_returning::<ModelOf<N>>(insert),
            Returned::Selected(_) => None,
        }
    }

    /// The row's columns that are not set to something else, and their values.
    pub(super) fn given(&self) -> (Vec<ColumnDef>, Values<'_>) {
        let mut row = Values::new();
        self.row.bind(&mut row);
        let set = |name| self.assignments.columns().any(|column| column.name == name);
        N::columns().iter().copied().zip(row).filter(|(column, _)| !set(column.name)).unzip()
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

/// An `INSERT` of `M` without what it returns: the columns that `SELECT` reads.
fn without_returning<M: Model>(insert: &'static str) -> Option<&'static str> {
    let columns = M::SELECT.strip_prefix(SELECT)?.strip_suffix(M::TABLE)?.strip_suffix(" FROM ")?;
    insert.strip_suffix(columns)?.strip_suffix(" RETURNING ")
}

/// Without it the server refuses values of its own for `GENERATED ALWAYS AS IDENTITY`
/// (<https://www.postgresql.org/docs/current/sql-insert.html>).
pub(super) fn overriding(columns: &[ColumnDef]) -> &'static str {
    if columns.iter().any(|column| column.identity) { " OVERRIDING SYSTEM VALUE" } else { "" }
}

impl<N: Source> Write for Insert<N> {
    type Model = ModelOf<N>;

    async fn run(&self, target: Target<'_>, returned: Returned<'_>, each: Each<'_>) -> Result<u64> {
        self.run_with(target, Tail::returning(returned), returned, each).await
    }
}

impl<N: Source> Inserting for Insert<N> {
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
        write::run(target, self.statement(tail), returned, each).await
    }
}

impl<N> OfOneRow for Insert<N> {}
