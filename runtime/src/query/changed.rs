//! Queries of the rows that a change returns, `WITH … AS (DELETE … RETURNING …) SELECT …`.

use std::marker::PhantomData;

use super::{
    DerivedTable, Returning, Runs, Selected, Selection, StatementPart, TableColumns, TableOf, TableRows as _,
    table::of_rows,
};
use crate::{
    executor::Writer,
    model::{Database, Model},
    sql::{DerivedRows, SqlWriter, Subquery},
};

/// Marks a query that reads what a change of the database `D` returns: it runs where a change does.
#[derive(Debug)]
pub struct OfChange<D>(PhantomData<fn() -> D>);

impl<D: Database, E: Writer<D> + ?Sized> Runs<OfChange<D>> for E {}

/// The table of the values that `C` returns of rows of `M`.
type TableOfReturned<M, C> = TableOf<<M as Model>::Db, Selected<M, C>>;

/// That table, and its columns.
type ReturnedAndColumns<M, C> = (
    DerivedTable<<M as Model>::Db, Selected<M, C>, OfChange<<M as Model>::Db>>,
    <C as TableColumns<M>>::Columns<TableOfReturned<M, C>>,
);

impl<W: StatementPart + 'static, C: TableColumns<W::Model> + 'static> Returning<W, C> {
    /// Makes what the change returns a table, together with its columns: one statement changes the rows, and sorts,
    /// counts or groups what it changed. It is a common table expression, `WITH … AS (DELETE … RETURNING …)`, and changes
    /// the rows once, whether the rest of the statement reads all of them or none.
    ///
    /// ```
    /// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
    /// # use shop::*;
    /// # use ormgen_runtime::{Result, prelude::*};
    /// use ormgen_runtime::functions::{count, sum};
    ///
    /// # async fn example(dbs: &Databases) -> Result<()> {
    /// let gone = Customer::query().filter(Customer::CITY.eq("Delft")).delete();
    /// let (gone, visits) = gone.returning(Customer::VISITS).into_cte();
    /// let (how_many, how_often) = gone.select((count(), sum(visits))).one(dbs).await?;
    /// # let _ = (how_many, how_often);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The rest of the statement sees the tables as they were before the change
    /// (<https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING>).
    pub fn into_cte(self) -> ReturnedAndColumns<W::Model, C> {
        (of_rows(DerivedRows::common(Change(self), Selected::<W::Model, C>::COLUMNS)), C::columns())
    }
}

/// A change that is a part of another statement.
struct Change<W, C>(Returning<W, C>);

impl<W: StatementPart + 'static, C: Selection<W::Model> + 'static> Subquery for Change<W, C> {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.0.write_as_part(sql);
    }

    /// Two changes are two, even if they change the same rows.
    fn is_same(&self, _: &dyn Subquery) -> bool {
        false
    }
}
