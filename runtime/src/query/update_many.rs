//! Updates of many rows, each to its own values.

use std::{borrow::Borrow, marker::PhantomData};

use super::{
    Selection, atomic,
    columns::SettableColumns,
    run::Each,
    tail::NamedTable,
    unnest::{ColumnOf, lists, write_arrays},
    write::{Returned, Returning, Writes},
    write_names,
};
use crate::{
    error::Result,
    model::{DecodeError, Decoder, Fields, Keyed},
    pool::Target,
    sql::{ColumnDef, Intent, SqlWriter, Statement, Value, Values},
};

/// The rows of an update of many: [`set_columns`](Self::set_columns) says what is stored of them.
#[derive(Debug)]
#[must_use = "say which columns are stored: `.set_columns(Customer::NAME)`"]
pub struct RowsToUpdate<M, R> {
    rows: Vec<R>,
    model: PhantomData<fn() -> M>,
}

impl<M: Keyed, R: Borrow<M> + Send + Sync> RowsToUpdate<M, R> {
    pub(super) fn new(rows: Vec<R>) -> Self {
        Self { rows, model: PhantomData }
    }

    /// Sets these columns of each row to the values of its struct: `.set_columns((Customer::NAME, Customer::VISITS))`.
    pub fn set_columns(self, columns: impl SettableColumns<M>) -> UpdateMany<M, R> {
        UpdateMany { rows: self.rows, columns: Vec::new(), model: PhantomData }.set_columns(columns)
    }
}

/// An update of many rows by their keys, of which either all are stored or none; a row that does not exist is passed
/// over. [`all`](crate::query::Execute::all) returns the rows in no particular order.
///
/// Where no column is an array or a composite, it is one statement, whose text is the same for any number of rows.
/// Otherwise it may be several, and what `returning` asks of other rows is as the statements before left it.
#[derive(Debug)]
#[must_use = "an update does nothing until it is run: `.execute(&dbs).await`"]
pub struct UpdateMany<M, R> {
    rows: Vec<R>,
    /// The columns that are set.
    columns: Vec<ColumnDef>,
    model: PhantomData<fn() -> M>,
}

impl<M: Keyed, R: Borrow<M> + Send + Sync> UpdateMany<M, R> {
    /// Sets these columns as well.
    pub fn set_columns(mut self, columns: impl SettableColumns<M>) -> Self {
        for column in columns.defs() {
            if !self.columns.contains(&column) {
                self.columns.push(column);
            }
        }
        self
    }

    /// Returns columns or expressions in place of whole rows.
    pub fn returning<C: Selection<M>>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }
}

impl<M: Keyed, R: Borrow<M> + Send + Sync> Writes for UpdateMany<M, R> {
    type Model = M;
    type Row = M;
    type Done = u64;

    async fn run(&self, target: Target<'_>, returned: Returned<'_>, each: Each<'_>) -> Result<u64> {
        let batch = UpdateBatch::<M>::new(&self.rows, &self.columns, returned);
        let columns = ColumnOf::all(&batch.cells, batch.columns.len());
        atomic::run(target, &batch.statements(&columns), returned, each).await
    }

    fn decode(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError> {
        M::decode(row)
    }

    fn done(rows: u64) -> Self::Done {
        rows
    }
}

/// The keys and the values of many rows of `M`.
struct UpdateBatch<'a, M> {
    /// The key's columns, then those that are set.
    columns: Vec<ColumnDef>,
    set: &'a [ColumnDef],
    /// The values of these columns, row by row.
    cells: Values<'a>,
    beside: NamedTable,
    returned: Returned<'a>,
    model: PhantomData<fn() -> M>,
}

impl<'a, M: Keyed> UpdateBatch<'a, M> {
    fn new<R: Borrow<M>>(rows: &'a [R], set: &'a [ColumnDef], returned: Returned<'a>) -> Self {
        let is_key = |column: &&ColumnDef| M::KEY.iter().any(|key| key.name == column.name);
        let columns: Vec<_> =
            M::KEY.iter().chain(set.iter().filter(|column| !is_key(column))).copied().collect();
        let place = |wanted: &ColumnDef| M::COLUMNS.iter().position(|column| column.name == wanted.name);
        let places: Vec<usize> = columns.iter().filter_map(place).collect();
        let mut cells = Values::with_capacity(rows.len() * columns.len());
        for row in rows {
            Fields::of(row.borrow()).pick(&places, &mut cells);
        }
        Self { columns, set, cells, beside: NamedTable::excluded(M::TABLE), returned, model: PhantomData }
    }

    fn statements<'b>(&'b self, columns: &'b [ColumnOf<'b>]) -> Vec<Statement<'b>> {
        if self.cells.is_empty() {
            Vec::new()
        } else if self.columns.iter().all(|column| column.scalar) {
            let arrays = |sql: &mut SqlWriter<'b>| write_arrays(sql, self.columns.iter().zip(columns));
            vec![self.statement(arrays)]
        } else {
            let width = self.columns.len();
            lists(&self.cells, width).map(|rows| self.statement(|sql| self.write_list(sql, rows))).collect()
        }
    }

    fn write_list<'b>(&'b self, sql: &mut SqlWriter<'b>, cells: &[Value<'b>]) {
        sql.push("(VALUES ").list(", ", cells.chunks(self.columns.len()), |sql, row| {
            sql.push("(").list(", ", self.columns.iter().zip(row), |sql, (column, value)| {
                // Here only the cast tells the server the type of a parameter.
                sql.value(*value).push("::").push(column.sql_type);
            });
            sql.push(")");
        });
        sql.push(")");
    }

    /// The new values are in scope as `excluded` beside the table, as in an upsert.
    fn statement<'b>(&'b self, rows: impl FnOnce(&mut SqlWriter<'b>)) -> Statement<'b> {
        let table = self.beside.table;
        let pair = |sql: &mut SqlWriter<'b>, column: &ColumnDef| {
            sql.push(column.name).push(" = excluded.").push(column.name);
        };
        let mut sql = SqlWriter::new(M::TABLE);
        sql.push("UPDATE ").push(M::TABLE).push(self.beside.alias).push(" SET ").list(", ", self.set, pair);
        rows(sql.push(" FROM "));
        write_names(sql.push(" AS excluded ("), &self.columns);
        sql.push(") WHERE ").list(" AND ", M::KEY, |sql, column| pair(sql.push(table).push("."), column));
        sql.called(table, |sql| self.returned.write(sql));
        sql.finish(Intent::Write).named(M::NAME, "update_many").on(M::TABLE).rows_of(self.returned.columns())
    }
}
