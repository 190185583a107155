//! Where the rows of an insert come from: a query, or a change that returns them, `WITH … AS (DELETE … RETURNING …)`.

use super::{
    Condition, Delete, Insert, InsertFrom, NewRow, Reads, Returning, Select, Selection, Set, Update,
    tail::Tail,
    write::{Returned, Writes},
};
use crate::{
    model::Model,
    sql::{ColumnDef, SqlWriter},
};

/// What gives the rows of an [`insert_from`](super::Queries::insert_from): a query, or a change of another table's rows
/// that returns some of their values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` gives no rows to insert",
    label = "expected a query that selects values, or a change that returns them",
    note = "a query selects one value for each column: `Order::query().select((Order::ID, Order::TOTAL))`",
    note = "rows are moved in one statement by what the delete of them returns: \
            `Order::query().filter(…).delete().returning((Order::ID, Order::TOTAL))`"
)]
pub trait InsertSource: Send + Sync {
    /// The model of the rows that are read or changed.
    type Model: Model;
    /// The values that each row to be inserted is made of.
    type Row: Send;

    /// The insert of the rows into the table of `T`: an [`InsertFrom`]. Where there is no source there is no such type, so
    /// that the compiler speaks of that alone.
    type Insert<T: Model>;

    #[doc(hidden)]
    fn insert<T: Model>(self, columns: Vec<ColumnDef>) -> Self::Insert<T>;

    /// Writes the query of the rows.
    #[doc(hidden)]
    fn write_rows<'a>(&'a self, sql: &mut SqlWriter<'a>);
}

/// Holds for a type and itself only: the values that are inserted have the types of the columns that they are for.
#[diagnostic::on_unimplemented(
    message = "columns of the types `{R}` cannot be filled with values of the types `{Self}`",
    label = "the selected values are of the types `{Self}`, and the columns hold `{R}`",
    note = "a value that may be NULL is selected with another in its place, `coalesce(Customer::CITY, \"unknown\")`; one that \
            cannot be NULL goes into a column that may by `nullable(…)`: both are in `ormgen_runtime::functions`",
    note = "a value of another type is cast: `.cast_to::<…>()`"
)]
pub trait RowFor<R> {}

impl<R> RowFor<R> for R {}

/// Implemented query by query, and not for all that [`Reads`]: so the compiler says what a source is, not what a query is.
macro_rules! queries {
    ($([$($generics:tt)*] $query:ty;)*) => {$(
        impl<M: Model, $($generics)*> InsertSource for $query {
            type Model = M;
            type Row = <Self as Reads>::Row;
            type Insert<T: Model> = InsertFrom<T, Self>;

            fn insert<T: Model>(self, columns: Vec<ColumnDef>) -> Self::Insert<T> {
                InsertFrom::new(columns, self)
            }

            fn write_rows<'a>(&'a self, sql: &mut SqlWriter<'a>) {
                sql.apart(M::TABLE, |sql| Reads::write(self, sql));
            }
        }
    )*};
}

queries! {
    [S, C: Selection<M>] Select<M, S, C>;
    [R: Send] Set<M, R>;
}

impl<W: StatementPart, C: Selection<W::Model>> InsertSource for Returning<W, C> {
    type Model = W::Model;
    type Row = C::Row;
    type Insert<T: Model> = InsertFrom<T, Self>;

    fn insert<T: Model>(self, columns: Vec<ColumnDef>) -> Self::Insert<T> {
        InsertFrom::new(columns, self)
    }

    fn write_rows<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.all_of_change(|sql| self.write_as_part(sql));
    }
}

impl<W: StatementPart, C: Selection<W::Model>> Returning<W, C> {
    /// Writes the change as a part of another statement.
    pub(super) fn write_as_part<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.also_changes(W::Model::NAME);
        sql.alone(W::Model::TABLE, |sql| self.change().write_part(sql, self.returned()));
    }
}

/// A change of rows that one statement makes, so that it can be a part of another one.
#[diagnostic::on_unimplemented(
    message = "the rows that `{Self}` returns cannot be read or inserted by the same statement",
    label = "this may take several statements, or a form that SQL has only at the beginning of a statement",
    note = "expected a `delete()`, an `update()` or an `insert(…)` of one row; run others first, in a transaction"
)]
pub trait StatementPart: Writes {
    #[doc(hidden)]
    fn write_part<'a>(&'a self, sql: &mut SqlWriter<'a>, returned: Returned<'a>);
}

impl<M: Model, C: Condition> StatementPart for Delete<M, C> {
    fn write_part<'a>(&'a self, sql: &mut SqlWriter<'a>, returned: Returned<'a>) {
        self.write(sql, returned);
    }
}

impl<M: Model, C: Condition> StatementPart for Update<M, C> {
    fn write_part<'a>(&'a self, sql: &mut SqlWriter<'a>, returned: Returned<'a>) {
        self.write(sql, returned);
    }
}

impl<N: NewRow> StatementPart for Insert<N> {
    fn write_part<'a>(&'a self, sql: &mut SqlWriter<'a>, returned: Returned<'a>) {
        self.write(sql, Tail::returning(returned));
    }
}
