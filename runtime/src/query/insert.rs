//! Inserts of one row.

use super::{
    call,
    change::{Assignments, write_stored},
    rows, write_names, write_returning,
};
use crate::{
    Result,
    column::{Column, Settable},
    executor::{Intent, Writer},
    expr::Assign,
    model::{Insertable, Model},
    sql::{Call, SqlWriter, Values},
};

pub(super) type ModelOf<N> = <N as Insertable>::Model;
pub(super) type Db<N> = <ModelOf<N> as Model>::Db;

/// An insert of one row.
#[derive(Debug)]
#[must_use = "an insert does nothing until it is run: `.one(&dbs).await`"]
pub struct Insert<N> {
    row: N,
    assignments: Assignments,
}

impl<N: Insertable> Insert<N> {
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
        let (call, values) = if self.assignments.is_empty() && !ModelOf::<N>::COLUMNS.is_empty() {
            let mut values = Values::with_capacity(N::COLUMNS.len());
            self.row.bind(&mut values);
            (call::<ModelOf<N>>(N::INSERT, "insert"), values)
        } else {
            self.statement(true)
        };
        rows::one(executor.target(), Intent::Write, &call, &values).await
    }

    /// Runs it and returns nothing.
    ///
    /// # Errors
    /// Those of [`one`](Self::one).
    pub async fn execute(self, executor: impl Writer<Db<N>>) -> Result<()> {
        let (call, values) = self.statement(false);
        rows::execute(executor.target(), &call, &values).await.map(drop)
    }

    fn statement(&self, returning: bool) -> (Call, Values<'_>) {
        let mut row = Values::with_capacity(N::COLUMNS.len());
        self.row.bind(&mut row);
        let set = |name| self.assignments.columns().any(|column| column.name == name);
        let given: Vec<_> = N::COLUMNS.iter().zip(row).filter(|(column, _)| !set(column.name)).collect();
        let columns = given.iter().map(|(column, _)| *column).chain(self.assignments.columns());
        let mut sql = SqlWriter::new(ModelOf::<N>::TABLE);
        sql.push("INSERT INTO ").push(ModelOf::<N>::TABLE);
        if given.is_empty() && self.assignments.is_empty() {
            sql.push(" DEFAULT VALUES");
        } else {
            write_names(sql.push(" ("), columns);
            sql.push(") VALUES (").list(", ", &given, |sql, (column, value)| {
                write_stored(sql, column, |sql| {
                    sql.value(*value);
                });
            });
            if !given.is_empty() && !self.assignments.is_empty() {
                sql.push(", ");
            }
            self.assignments.write_values(&mut sql);
            sql.push(")");
        }
        if returning {
            write_returning::<ModelOf<N>>(&mut sql);
        }
        let (text, values) = sql.finish();
        (call::<ModelOf<N>>(text, "insert"), values)
    }
}
