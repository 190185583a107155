//! Joins of a derived table: the rows of a series or of a selection, each beside the rows of an alias.

use std::marker::PhantomData;

use super::{Join, JoinedItem, KeepsRows, MayBeNull};
use crate::{
    error::Result,
    expr::{Anywhere, Expressions, OfGroupBy},
    model::{Database, DecodeError, Decoder},
    query::{DerivedTable, Grouped, Select, Selection, TableOf, TableRows, WholeRow},
    sql::Parts,
};

/// Each row of a derived table with what is joined to it, as a pair: a [`Selection`] that
/// [`join`](DerivedTable::join) makes.
#[derive(Debug)]
pub struct TableJoined<T, R>(PhantomData<fn() -> (T, R)>);

impl<D, T: TableRows, R> Expressions<TableOf<D, T>> for TableJoined<T, R> {
    type Place = Anywhere;

    fn into_list(self) -> Vec<Parts> {
        Expressions::<TableOf<D, T>>::into_list(WholeRow::<T>::new())
    }
}

impl<D, T: TableRows, R: JoinedItem> Selection<TableOf<D, T>> for TableJoined<T, R> {
    type Row = (T::Row, R);

    fn decode(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError> {
        Ok((T::decode_row(row)?, R::decode_item(row)?))
    }
}

/// A query of a derived table's rows with what is joined to them.
type JoinedTo<D, T, S, R> = Select<TableOf<D, T>, S, TableJoined<T, R>>;

impl<D: Database, T: TableRows, S: Send + Sync + 'static> DerivedTable<D, T, S> {
    /// Joins the rows of an alias: a pair for each two rows that belong together, and nothing for a row of the table
    /// without another.
    pub fn join<J: Join<TableOf<D, T>>>(self, join: J) -> JoinedTo<D, T, S, J::Row> {
        self.beside(join, false)
    }

    /// As [`join`](Self::join), but keeps a row of the table without another, with `None` beside it.
    ///
    /// ```
    /// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
    /// # use shop::*;
    /// # use ormgen_runtime::{Result, prelude::*};
    /// use ormgen_runtime::functions::count_of;
    ///
    /// # async fn example(dbs: &Databases) -> Result<()> {
    /// // How many customers came so often: 0 for a number that nobody has.
    /// let (numbers, number) = Crm::series(0, 10, 1);
    /// let customer = Customer::alias("customer").optional();
    /// let histogram: Vec<(i32, i64)> = numbers
    ///     .left_join(customer.on(customer.column(Customer::VISITS).eq(number)))
    ///     .group_by(number)
    ///     .select((number, count_of(customer.column(Customer::ID))))
    ///     .order_by(number.asc())
    ///     .all(dbs)
    ///     .await?;
    /// # let _ = histogram;
    /// # Ok(())
    /// # }
    /// ```
    pub fn left_join<J: Join<TableOf<D, T>>>(self, join: J) -> JoinedTo<D, T, S, Option<J::Row>>
    where
        J::Row: KeepsRows,
        J::Columns: MayBeNull,
    {
        self.beside(join, true)
    }

    fn beside<J: Join<TableOf<D, T>>, R>(self, join: J, is_optional: bool) -> JoinedTo<D, T, S, R> {
        self.whole().joined(join.tables(is_optional).into_iter().map(super::JoinedTable::into_parts))
    }
}

impl<D: Database, T: TableRows, S, R: JoinedItem> JoinedTo<D, T, S, R> {
    /// Joins the rows of one more alias, which stand in a pair with those joined before: `(row, (first, second))`.
    pub fn join<J: Join<TableOf<D, T>>>(self, join: J) -> JoinedTo<D, T, S, (R, J::Row)> {
        self.joined(join.tables(false).into_iter().map(super::JoinedTable::into_parts))
    }

    /// As [`join`](Self::join), with `None` where there is no such row.
    pub fn left_join<J: Join<TableOf<D, T>>>(self, join: J) -> JoinedTo<D, T, S, (R, Option<J::Row>)>
    where
        J::Row: KeepsRows,
        J::Columns: MayBeNull,
    {
        self.joined(join.tables(true).into_iter().map(super::JoinedTable::into_parts))
    }

    /// Selects only these columns and expressions of the joined rows, in place of whole rows.
    pub fn select<C: Selection<TableOf<D, T>>>(self, columns: C) -> Select<TableOf<D, T>, S, C> {
        self.selecting(columns)
    }

    /// Groups the joined rows that have the same value, or the same values of a tuple, into one row.
    pub fn group_by(
        self,
        by: impl Expressions<TableOf<D, T>, Place: OfGroupBy>,
    ) -> Grouped<TableOf<D, T>, S> {
        self.grouped(by.into_list())
    }
}
