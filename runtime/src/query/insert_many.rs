//! Inserts of many rows.

use futures_util::FutureExt;

use super::{
    Selection,
    assign::Assignments,
    atomic, copy,
    insert::ModelOf,
    insert_batch::InsertBatch,
    new_row::NewRow,
    run::Each,
    tail::Tail,
    unnest::ColumnOf,
    upsert::Inserting,
    write::{Returned, Returning, Writes},
};
use crate::{
    error::Result,
    expr::Assign,
    model::{Column, DecodeError, Decoder, Model, Settable},
    pool::Target,
    sql::ColumnDef,
};

/// An insert of many rows, of which either all are stored or none. [`all`](crate::query::Execute::all) returns them in
/// the order given.
///
/// If the caller drops the future before its end, the server stores either no row or, if it had been sent all of them,
/// every row. A transaction of which the insert was a part may then be aborted, as after any statement that failed.
///
/// Where no column is an array or a composite, the insert is one statement, whose text is the same for any number of
/// rows. Otherwise it may be several, and what a later one asks of other rows (in the filter of an upsert, in `returning`)
/// it is told as those before it left them. Where no rows are to be returned, thousands of rows are sent by a binary `COPY`, unless the table has rules,
/// or policies that apply to the user, which `COPY` would ignore or refuse.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{Result, prelude::*};
/// async fn welcome(names: Vec<String>, dbs: &Databases) -> Result<u64> {
///     let rows = names.into_iter().map(|name| NewCustomer { name });
///     Customer::insert_many(rows).set(Customer::CITY, "Delft").execute(dbs).await
/// }
/// ```
///
/// A row may also set columns that have defaults, different ones for each row: see
/// [`GiveValues`](crate::query::GiveValues).
#[derive(Debug)]
#[must_use = "an insert does nothing until it is run: `.execute(&dbs).await`"]
pub struct InsertMany<N> {
    rows: Vec<N>,
    /// The further columns that each row sets; empty where the rows' type sets none.
    own: Vec<Assignments>,
    /// The columns that are set to the same value in all rows.
    all: Assignments,
}

impl<N: NewRow> InsertMany<N> {
    pub(super) fn new(mut rows: Vec<N>) -> Self {
        let own = if N::GIVES_VALUES { rows.iter_mut().map(N::take_given).collect() } else { Vec::new() };
        Self { rows, own, all: Assignments::default() }
    }

    /// Sets a column of all rows to the same value, most often in place of its default.
    pub fn set<T, K: Settable>(
        mut self,
        column: Column<ModelOf<N>, T, K>,
        value: impl Assign<ModelOf<N>, T, K>,
    ) -> Self {
        self.all.set(column.def, value.into_assigned());
        self
    }

    /// Sets a column of all rows to the same value, if there is a value; for `None` it gets its default.
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

    /// Whether the rows have values for their structs' own columns alone.
    fn is_plain(&self) -> bool {
        self.all.is_empty() && self.own.iter().all(Assignments::is_empty)
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
            && self.is_plain()
            && copy::pays(&self.rows)
            // Boxed, because otherwise the future of an insert of a few rows would be as large as this one.
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

    /// The columns that all rows give. Where a row leaves a column out, `excluded` has the column's default, which must
    /// not overwrite the stored value.
    fn given_columns(&self) -> Vec<ColumnDef> {
        let mut columns = N::columns().into_owned();
        columns.extend(self.all.columns().filter(|column| !N::columns().contains(column)));
        if let Some((first, others)) = self.own.split_first() {
            let by_all = |column: &&ColumnDef| others.iter().all(|own| own.sets(column));
            let new: Vec<_> =
                first.columns().filter(by_all).filter(|column| !columns.contains(column)).copied().collect();
            columns.extend(new);
        }
        columns
    }

    async fn run_with(
        &self,
        target: Target<'_>,
        tail: Tail<'_>,
        returned: Returned<'_>,
        each: Each<'_>,
    ) -> Result<u64> {
        let batch = InsertBatch::new(&self.rows, &self.own, &self.all, tail);
        let columns = ColumnOf::all(&batch.cells, batch.columns.len());
        atomic::run(target, &batch.statements(&columns), returned, each).await
    }
}
