//! Inserts of the rows that a query reads: `INSERT … SELECT`.

use std::marker::PhantomData;

use super::{
    InsertSource, Selection,
    run::Each,
    tail::Tail,
    upsert::{InOneStatement, Inserting},
    write::{self, Returned, Returning, Writes},
    write_names,
};
use crate::{
    error::Result,
    model::{DecodeError, Decoder, Model},
    pool::Target,
    sql::{ColumnDef, Intent, SqlWriter, Statement},
};

/// An insert of the rows that a query reads, or that a change returns: the server copies them, without sending them to the
/// program and back.
#[derive(Debug)]
#[must_use = "an insert does nothing until it is run: `.execute(&dbs).await`"]
pub struct InsertFrom<M, Q> {
    columns: Vec<ColumnDef>,
    query: Q,
    model: PhantomData<fn() -> M>,
}

impl<M: Model, Q: InsertSource> InsertFrom<M, Q> {
    pub(super) fn new(columns: Vec<ColumnDef>, query: Q) -> Self {
        Self { columns, query, model: PhantomData }
    }

    /// Returns columns or expressions in place of whole rows.
    pub fn returning<C: Selection<M>>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }

    /// The SQL text that `execute` sends, for people to read: `$1`, `$2`, … stand in place of the values.
    pub fn sql(&self) -> String {
        self.statement(Tail::returning(Returned::Nothing)).sql.into_owned()
    }

    fn statement<'a>(&'a self, tail: Tail<'a>) -> Statement<'a> {
        let mut sql = SqlWriter::new(M::TABLE);
        sql.push("INSERT INTO ").push(M::TABLE).push(tail.alias()).push(" (");
        write_names(&mut sql, &self.columns);
        self.query.write_rows(sql.push(") "));
        tail.write(&mut sql);
        sql.finish(Intent::Write).named(M::NAME, "insert_from").rows_of(tail.columns())
    }
}

impl<M: Model, Q: InsertSource> Writes for InsertFrom<M, Q> {
    type Model = M;
    type Row = M;
    type Done = u64;

    async fn run(&self, target: Target<'_>, returned: Returned<'_>, each: Each<'_>) -> Result<u64> {
        self.run_with(target, Tail::returning(returned), returned, each).await
    }

    fn decode(row: &mut Decoder<'_>) -> Result<M, DecodeError> {
        M::decode(row)
    }

    fn done(rows: u64) -> u64 {
        rows
    }
}

impl<M: Model, Q: InsertSource> Inserting for InsertFrom<M, Q> {
    type UpsertDone = u64;

    fn upsert_done(rows: u64) -> u64 {
        rows
    }

    fn given_columns(&self) -> Vec<ColumnDef> {
        self.columns.clone()
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

impl<M: Model, Q: InsertSource> InOneStatement for InsertFrom<M, Q> {
    fn with_tail<'a>(&'a self, tail: Tail<'a>) -> Statement<'a> {
        self.statement(tail)
    }
}
