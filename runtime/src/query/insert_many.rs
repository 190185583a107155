//! Inserts of many rows.

use std::{borrow::Cow, marker::PhantomData};

use futures_util::FutureExt;

use super::{
    Selection,
    assign::write_stored,
    atomic, copy,
    insert::{ModelOf, overriding},
    new_row::NewRow,
    run::Each,
    tail::Tail,
    unnest::{ColumnOf, lists, write_arrays},
    upsert::Inserting,
    write::{Returned, Returning, Writes},
    write_names,
};
use crate::{
    error::Result,
    model::{DecodeError, Decoder, Model},
    pool::Target,
    sql::{ColumnDef, Intent, SqlWriter, Statement, Value, Values},
};

/// An insert of many rows. Either all of them are stored or none; [`all`](crate::Execute::all) returns them in the order
/// given.
///
/// A caller that goes away half-way stores none of them; a transaction that they were a part of may then be over, as
/// after any statement that failed.
///
/// Where no column is an array or a composite, it is one statement, the same for any number of rows. Where nothing is
/// asked back, thousands of rows go in by a binary `COPY`, unless the table has rules, or policies that bind the user,
/// which `COPY` would not mind.
#[derive(Debug)]
#[must_use = "an insert does nothing until it is run: `.execute(&dbs).await`"]
pub struct InsertMany<N> {
    rows: Vec<N>,
}

impl<N: NewRow> InsertMany<N> {
    pub(super) fn new(rows: Vec<N>) -> Self {
        Self { rows }
    }

    /// Returns columns or expressions in place of whole rows.
    pub fn returning<C: Selection<ModelOf<N>>>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }
}

impl<N: NewRow> Writes for InsertMany<N> {
    type Model = ModelOf<N>;
    type Row = ModelOf<N>;
    type Done = u64;

    async fn run(&self, target: Target<'_>, returned: Returned<'_>, each: Each<'_>) -> Result<u64> {
        if returned.is_nothing()
            && copy::pays(&self.rows)
            // Boxed: the future of an insert of a few rows would be as large as this one.
            && let Some(count) = copy::insert(target, &self.rows).boxed().await?
        {
            return Ok(count);
        }
        self.run_with(target, Tail::returning(returned), returned, each).await
    }

    fn decode(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError> {
        ModelOf::<N>::decode(row)
    }

    fn done(rows: u64) -> Self::Done {
        rows
    }
}

impl<N: NewRow> Inserting for InsertMany<N> {
    type UpsertDone = u64;

    fn upsert_done(rows: u64) -> u64 {
        rows
    }

    fn given_columns(&self) -> Vec<ColumnDef> {
        N::columns().into_owned()
    }

    async fn run_with(
        &self,
        target: Target<'_>,
        tail: Tail<'_>,
        returned: Returned<'_>,
        each: Each<'_>,
    ) -> Result<u64> {
        let batch = InsertBatch::new(&self.rows, tail);
        let columns = ColumnOf::all(&batch.cells, batch.columns.len());
        atomic::run(target, &batch.statements(&columns), returned, each).await
    }
}

/// The values of many rows of `M`.
struct InsertBatch<'a, M> {
    columns: Cow<'static, [ColumnDef]>,
    /// Row by row.
    cells: Values<'a>,
    count: i64,
    tail: Tail<'a>,
    model: PhantomData<fn() -> M>,
}

impl<'a, M: Model> InsertBatch<'a, M> {
    fn new<N: NewRow<Model = M>>(rows: &'a [N], tail: Tail<'a>) -> Self {
        let columns = N::columns();
        let mut cells = Values::with_capacity(rows.len() * columns.len());
        for row in rows {
            row.bind(&mut cells);
        }
        let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        Self { columns, cells, count, tail, model: PhantomData }
    }

    fn statements<'b>(&'b self, columns: &'b [ColumnOf<'b>]) -> Vec<Statement<'b>> {
        if self.count == 0 {
            Vec::new()
        } else if self.columns.is_empty() {
            vec![self.defaults()]
        } else if self.columns.iter().all(|column| column.scalar) {
            vec![self.unnest(columns)]
        } else {
            lists(&self.cells, self.columns.len()).map(|rows| self.list(rows)).collect()
        }
    }

    /// Rows that consist of defaults alone.
    fn defaults<'b>(&'b self) -> Statement<'b> {
        let mut sql = self.insert();
        sql.push(" SELECT FROM generate_series(1, ").value(&self.count).push("::int8)");
        self.finish(sql)
    }

    /// One array a column.
    fn unnest<'b>(&'b self, columns: &'b [ColumnOf<'b>]) -> Statement<'b> {
        let mut sql = self.insert();
        write_arrays(sql.push(" SELECT * FROM "), self.columns.iter().zip(columns));
        self.finish(sql)
    }

    fn list<'b>(&'b self, cells: &[Value<'b>]) -> Statement<'b> {
        let mut sql = self.insert();
        sql.push(" VALUES ").list(", ", cells.chunks(self.columns.len()), |sql, row| {
            sql.push("(").list(", ", self.columns.iter().zip(row), |sql, (column, value)| {
                write_stored(sql, column, |sql| {
                    sql.value(*value);
                });
            });
            sql.push(")");
        });
        self.finish(sql)
    }

    fn insert<'b>(&'b self) -> SqlWriter<'b> {
        let mut sql = SqlWriter::new(M::TABLE);
        sql.push("INSERT INTO ").push(M::TABLE).push(self.tail.alias());
        if !self.columns.is_empty() {
            write_names(sql.push(" ("), &*self.columns);
            sql.push(")").push(overriding(&self.columns));
        }
        sql
    }

    fn finish<'b>(&'b self, mut sql: SqlWriter<'b>) -> Statement<'b> {
        self.tail.write(&mut sql);
        sql.finish(Intent::Write).named(M::NAME, "insert_many").rows_of(self.tail.columns())
    }
}
