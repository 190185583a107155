//! The values of many new rows, and the statements that store them.

use std::{borrow::Cow, marker::PhantomData, ops::Range};

use super::{
    assign::{Assignments, write_stored},
    insert::overriding,
    new_row::NewRow,
    tail::Tail,
    unnest::{ColumnOf, ranges, write_arrays},
    write_names,
};
use crate::{
    model::Model,
    sql::{ColumnDef, Intent, SqlWriter, Statement, Values},
};

/// The values of many new rows of `M`.
pub(super) struct InsertBatch<'a, M> {
    /// The columns that every row's struct gives.
    pub columns: Cow<'static, [ColumnDef]>,
    /// Their values, row by row.
    pub cells: Values<'a>,
    /// The further columns that each row sets; empty where no row sets any.
    own: &'a [Assignments],
    /// The further columns that at least one row sets.
    own_columns: Vec<ColumnDef>,
    /// The columns that are set to the same value in all rows.
    all: &'a Assignments,
    count: usize,
    /// The number of rows again, in the type in which it is sent.
    sent_count: i64,
    tail: Tail<'a>,
    model: PhantomData<fn() -> M>,
}

impl<'a, M: Model> InsertBatch<'a, M> {
    pub fn new<N: NewRow<Model = M>>(
        rows: &'a [N],
        own: &'a [Assignments],
        all: &'a Assignments,
        tail: Tail<'a>,
    ) -> Self {
        let columns = columns_beside::<N>(all);
        let width = N::columns().len();
        let mut cells = Values::with_capacity(rows.len() * columns.len());
        let mut row_values = Values::with_capacity(width);
        for row in rows {
            if columns.len() == width {
                row.bind(&mut cells);
            } else {
                row.bind(&mut row_values);
                let pairs = N::columns();
                let kept = pairs.iter().zip(row_values.drain(..)).filter(|(column, _)| !all.sets(column));
                cells.extend(kept.map(|(_, value)| value));
            }
        }
        Self {
            own_columns: own_columns(own, &columns, all),
            columns,
            cells,
            own,
            all,
            count: rows.len(),
            sent_count: i64::try_from(rows.len()).unwrap_or(i64::MAX),
            tail,
            model: PhantomData,
        }
    }

    pub fn statements<'b>(&'b self, columns: &'b [ColumnOf<'b>]) -> Vec<Statement<'b>> {
        if self.count == 0 {
            Vec::new()
        } else if !self.own_columns.is_empty() || !self.own_is_empty() {
            self.lists()
        } else if self.columns.is_empty() {
            vec![self.defaults()]
        } else if self.columns.iter().all(|column| column.scalar) {
            vec![self.unnest(columns)]
        } else {
            self.lists()
        }
    }

    fn own_is_empty(&self) -> bool {
        self.own.iter().all(Assignments::is_empty)
    }

    /// Inserts rows whose structs give no columns.
    fn defaults<'b>(&'b self) -> Statement<'b> {
        let mut sql = self.insert();
        self.all.write_cast(sql.push(" SELECT "));
        sql.push(if self.all.is_empty() { "FROM" } else { " FROM" });
        sql.push(" generate_series(1, ").value(&self.sent_count).push("::int8)");
        self.finish(sql)
    }

    /// Inserts all rows by one statement, with one array per column.
    fn unnest<'b>(&'b self, columns: &'b [ColumnOf<'b>]) -> Statement<'b> {
        let mut sql = self.insert();
        let arrays = self.columns.iter().zip(columns);
        if self.all.is_empty() {
            write_arrays(sql.push(" SELECT * FROM "), arrays);
        } else {
            self.all.write_cast(sql.push(" SELECT given.*, "));
            write_arrays(sql.push(" FROM "), arrays);
            sql.push(" AS given");
        }
        self.finish(sql)
    }

    /// Inserts the rows as lists of values, by as many statements as are needed.
    fn lists<'b>(&'b self) -> Vec<Statement<'b>> {
        // A column that is set in all rows is a value, or an expression of a few values.
        let width = self.columns.len() + self.own_columns.len() + 4 * self.all.columns().count();
        ranges(self.count, width).map(|rows| self.list(rows)).collect()
    }

    fn list<'b>(&'b self, rows: Range<usize>) -> Statement<'b> {
        let mut sql = self.insert();
        sql.push(" VALUES ").list(", ", rows, |sql, row| self.write_row(sql, row));
        self.finish(sql)
    }

    fn write_row<'b>(&'b self, sql: &mut SqlWriter<'b>, row: usize) {
        let own = |column: &ColumnDef| self.own.get(row).and_then(|own| own.of(column));
        let width = self.columns.len();
        let values = self.cells.iter().skip(row * width);
        let mut separator = "(";
        for (column, value) in self.columns.iter().zip(values) {
            sql.push(separator);
            write_stored(sql, column, |sql| match own(column) {
                Some(parts) => parts.write(sql),
                None => drop(sql.value(*value)),
            });
            separator = ", ";
        }
        for column in &self.own_columns {
            sql.push(separator);
            match own(column) {
                Some(parts) => write_stored(sql, column, |sql| parts.write(sql)),
                None => drop(sql.push("DEFAULT")),
            }
            separator = ", ";
        }
        if !self.all.is_empty() {
            self.all.write_values(sql.push(separator));
        }
        sql.push(")");
    }

    fn insert<'b>(&'b self) -> SqlWriter<'b> {
        let mut sql = SqlWriter::new(M::TABLE);
        sql.push("INSERT INTO ").push(M::TABLE).push(self.tail.alias());
        let mut columns = self.columns.iter().chain(&self.own_columns).chain(self.all.columns()).peekable();
        if columns.peek().is_some() {
            write_names(sql.push(" ("), columns);
            sql.push(")").push(overriding(&self.columns));
        }
        sql
    }

    fn finish<'b>(&'b self, mut sql: SqlWriter<'b>) -> Statement<'b> {
        self.tail.write(&mut sql);
        sql.finish(Intent::Write).named(M::NAME, "insert_many").on(M::TABLE).rows_of(self.tail.columns())
    }
}

/// The columns that every row's struct gives, without those that are set in all rows.
fn columns_beside<N: NewRow>(all: &Assignments) -> Cow<'static, [ColumnDef]> {
    let columns = N::columns();
    if all.is_empty() {
        return columns;
    }
    Cow::Owned(columns.iter().filter(|column| !all.sets(column)).copied().collect())
}

/// The further columns that some rows set, each once.
fn own_columns(own: &[Assignments], every: &[ColumnDef], all: &Assignments) -> Vec<ColumnDef> {
    let mut found: Vec<ColumnDef> = Vec::new();
    for column in own.iter().flat_map(Assignments::columns) {
        let is_known = every.iter().chain(&found).any(|known| known.name == column.name);
        if !is_known && !all.sets(column) {
            found.push(*column);
        }
    }
    found
}
