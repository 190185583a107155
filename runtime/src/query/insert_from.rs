//! Inserts of the rows that a query reads: `INSERT … SELECT`.

use std::marker::PhantomData;

use super::{
    InsertSource, Selection,
    run::Each,
    tail::Tail,
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
    /// Whether a row that conflicts with an existing one is skipped.
    leaves_out: bool,
    model: PhantomData<fn() -> M>,
}

impl<M: Model, Q: InsertSource> InsertFrom<M, Q> {
    pub(super) fn new(columns: Vec<ColumnDef>, query: Q) -> Self {
        Self { columns, query, leaves_out: false, model: PhantomData }
    }

    /// Skips a row that conflicts with an existing one, and does not count it.
    pub fn on_any_conflict_do_nothing(mut self) -> Self {
        self.leaves_out = true;
        self
    }

    /// Returns columns or expressions in place of whole rows.
    pub fn returning<C: Selection<M>>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }

    /// The SQL text that `execute` sends, for people to read: `$1`, `$2`, … stand in place of the values.
    pub fn sql(&self) -> String {
        self.statement(Returned::Nothing).sql.into_owned()
    }

    fn statement<'a>(&'a self, returned: Returned<'a>) -> Statement<'a> {
        let tail = Tail::returning(returned);
        let mut sql = SqlWriter::new(M::TABLE);
        sql.push("INSERT INTO ").push(M::TABLE).push(tail.alias()).push(" (");
        write_names(&mut sql, &self.columns);
        self.query.write_rows(sql.push(") "));
        if self.leaves_out {
            sql.push(" ON CONFLICT DO NOTHING");
        }
        tail.write(&mut sql);
        sql.finish(Intent::Write).named(M::NAME, "insert_from").rows_of(returned.columns())
    }
}

impl<M: Model, Q: InsertSource> Writes for InsertFrom<M, Q> {
    type Model = M;
    type Row = M;
    type Done = u64;

    async fn run(&self, target: Target<'_>, returned: Returned<'_>, each: Each<'_>) -> Result<u64> {
        write::change(target, &self.statement(returned), returned, each).await
    }

    fn decode(row: &mut Decoder<'_>) -> Result<M, DecodeError> {
        M::decode(row)
    }

    fn done(rows: u64) -> u64 {
        rows
    }
}
