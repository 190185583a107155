//! Inserts of many rows.

use std::{borrow::Cow, marker::PhantomData};

use futures_util::FutureExt;

use super::{
    Selection,
    assign::write_stored,
    atomic, call, copy,
    insert::{Db, ModelOf, overriding},
    source::Source,
    tail::Tail,
    unnest::{ColumnOf, lists, write_arrays},
    upsert::Inserting,
    write::{self, Each, Returned, Returning, Write},
    write_names,
};
use crate::{
    error::Result,
    executor::Writer,
    model::Model,
    pool::Target,
    sql::{Call, ColumnDef, SqlWriter, Value, Values},
};

/// An insert of many rows. Either all of them are stored or none.
///
/// Where no column is an array or a composite, it is one statement, the same for any number of rows. Where nothing is
/// asked back, thousands of rows go in by a binary `COPY`, unless the table has rules, or policies that bind the user,
/// which `COPY` would not mind.
#[derive(Debug)]
#[must_use = "an insert does nothing until it is run: `.execute(&dbs).await`"]
pub struct InsertMany<N> {
    rows: Vec<N>,
}

impl<N: Source> InsertMany<N> {
    pub(super) fn new(rows: Vec<N>) -> Self {
        Self { rows }
    }

    /// Runs it and counts the rows.
    ///
    /// A caller that goes away half-way stores none of them; a transaction that they were a part of may then be over, as
    /// after any statement that failed.
    ///
    /// # Errors
    /// Those of taking a connection and of the server, which tell the constraint that refused a row.
    pub async fn execute(self, executor: impl Writer<Db<N>>) -> Result<u64> {
        write::execute(&self, executor).await
    }

    /// Runs it and returns the rows as the database stored them, in the order given.
    ///
    /// # Errors
    /// Those of [`execute`](Self::execute).
    pub async fn all(self, executor: impl Writer<Db<N>>) -> Result<Vec<ModelOf<N>>> {
        write::all(&self, executor).await
    }

    /// Returns columns or expressions in place of whole rows.
    pub fn returning<C: Selection<ModelOf<N>>>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }
}

impl<N: Source> Write for InsertMany<N> {
    type Model = ModelOf<N>;

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
}

impl<N: Source> Inserting for InsertMany<N> {
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
        let batch = Batch::new(&self.rows, tail);
        let columns = ColumnOf::all(&batch.cells, batch.columns.len());
        atomic::run(target, &batch.statements(&columns), returned, each).await
    }
}

/// The values of many rows of `M`.
struct Batch<'a, M> {
    columns: Cow<'static, [ColumnDef]>,
    /// Row by row.
    cells: Values<'a>,
    count: i64,
    tail: Tail<'a>,
    model: PhantomData<fn() -> M>,
}

impl<'a, M: Model> Batch<'a, M> {
    fn new<N: Source<Model = M>>(rows: &'a [N], tail: Tail<'a>) -> Self {
        let columns = N::columns();
        let mut cells = Values::with_capacity(rows.len() * columns.len());
        for row in rows {
            row.bind(&mut cells);
        }
        let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        Self { columns, cells, count, tail, model: PhantomData }
    }

    fn statements<'b>(&'b self, columns: &'b [ColumnOf<'b>]) -> Vec<(Call, Values<'b>)> {
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
    fn defaults<'b>(&'b self) -> (Call, Values<'b>) {
        let mut sql = self.insert();
        sql.push(" SELECT FROM generate_series(1, ").value(&self.count).push("::int8)");
        self.finish(sql)
    }

    /// One array a column.
    fn unnest<'b>(&'b self, columns: &'b [ColumnOf<'b>]) -> (Call, Values<'b>) {
        let mut sql = self.insert();
        write_arrays(sql.push(" SELECT * FROM "), self.columns.iter().zip(columns));
        self.finish(sql)
    }

    fn list<'b>(&'b self, cells: &[Value<'b>]) -> (Call, Values<'b>) {
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

    fn finish<'b>(&'b self, mut sql: SqlWriter<'b>) -> (Call, Values<'b>) {
        self.tail.write(&mut sql);
        let (text, values) = sql.finish();
        (call::<M>(text, "insert_many"), values)
    }
}
