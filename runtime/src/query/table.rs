//! Selections as tables that another query reads: for the first rows of each group, for rows filtered by a window
//! function, for aggregates of aggregates.

use std::marker::PhantomData;

use postgres_types::FromSqlOwned;

use super::{Grouped, Query, Select, Selection, Unlocked, reads::Reads};
use crate::{
    error::Result,
    expr::{Aggregate, Anywhere, Expr, Expressions, Filter, OfGroupBy, Place, read_type},
    model::{Column, Database, DecodeError, Decoder, Kind, Model, NotNull, View, tuples},
    sql::{ColumnDef, DerivedRows, Intent, Parts, SqlWriter, Subquery, same_subquery},
};

/// The source that a query reads.
pub(super) enum Source<M, S> {
    /// The table of its model.
    Table,
    /// A query of some of the model's rows, over which aggregates are computed.
    Rows(Box<Query<M, S>>),
    /// The rows of another query, or of a change.
    Derived(DerivedRows),
}

/// The source of a query, and the query that chooses its rows.
pub(super) type SomeOf<M, S> = (Source<M, S>, Query<M, S>);

impl<M: Model, S> Source<M, S> {
    /// The query whose filter chooses the rows that are read: they are filtered before they are grouped.
    pub fn rows_of<'q>(&'q mut self, query: &'q mut Query<M, S>) -> &'q mut Query<M, S> {
        match self {
            Self::Rows(rows) => rows,
            Self::Table | Self::Derived(_) => query,
        }
    }

    pub fn scoped<T>(self) -> Source<M, T> {
        match self {
            Self::Table => Source::Table,
            Self::Rows(rows) => Source::Rows(Box::new(rows.scoped())),
            Self::Derived(rows) => Source::Derived(rows),
        }
    }

    /// Writes the source after `FROM`.
    pub fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        match self {
            Self::Table => sql.tables(),
            Self::Rows(rows) => sql.tables_from(|sql| {
                sql.in_place(M::TABLE, |sql| rows.write_rows(sql, std::iter::empty()));
            }),
            Self::Derived(rows) => sql.tables_derived(rows),
        };
    }

    /// What reading the source does to the data, if that differs from the query around it. A selection that is used as
    /// a table locks nothing; of a change the statement is told when it is written.
    pub fn intent(&self) -> Option<Intent> {
        match self {
            Self::Table | Self::Derived(_) => None,
            Self::Rows(rows) => Some(rows.intent()),
        }
    }

    /// Whether both sources give the same rows.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Table, Self::Table) => true,
            (Self::Rows(left), Self::Rows(right)) => left.is_same(right),
            (Self::Derived(left), Self::Derived(right)) => left == right,
            _ => false,
        }
    }
}

impl<M, S> Clone for Source<M, S> {
    fn clone(&self) -> Self {
        match self {
            Self::Table => Self::Table,
            Self::Rows(rows) => Self::Rows(rows.clone()),
            Self::Derived(rows) => Self::Derived(rows.clone()),
        }
    }
}

/// The content of a table that is not stored in the database: a selection, or a series.
pub trait TableRows: Send + Sync + 'static {
    /// The type of a row.
    type Row: Send;

    /// The names of the columns.
    #[doc(hidden)]
    const COLUMNS: &'static [&'static str];

    #[doc(hidden)]
    fn decode_row(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError>;
}

/// The table that `T` makes in the database `D`; its columns have this type as their model.
///
/// It implements [`Model`] so that queries can use its columns. Its rows are read as the selected values, never as this
/// type.
#[derive(Debug)]
pub struct TableOf<D, T>(PhantomData<fn() -> (D, T)>);

impl<D: Database, T: TableRows> Model for TableOf<D, T> {
    type Db = D;
    type Kind = View;
    const NAME: &'static str = "selection";
    const TABLE: &'static str = "selection";
    const COLUMNS: &'static [ColumnDef] = &[];
    const SELECT: &'static str = "SELECT";

    fn decode(_: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self(PhantomData))
    }
}

/// A query of a derived table's rows: filter, sort and read them as they were selected, or select and group them anew.
///
/// `S` is [`OfChange`](super::OfChange) where the rows are those that a change returns.
pub type DerivedTable<D, T, S = Unlocked> = Select<TableOf<D, T>, S, WholeRow<T>>;

/// Every column of a [`DerivedTable`].
#[derive(Clone, Copy, Debug)]
pub struct WholeRow<T>(PhantomData<fn() -> T>);

impl<T> WholeRow<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<D, T: TableRows> Expressions<TableOf<D, T>> for WholeRow<T> {
    type Place = Anywhere;

    fn into_list(self) -> Vec<Parts> {
        T::COLUMNS.iter().map(|name| Parts::column(name)).collect()
    }
}

impl<D, T: TableRows> Selection<TableOf<D, T>> for WholeRow<T> {
    type Row = T::Row;

    fn decode(row: &mut Decoder<'_>) -> Result<T::Row, DecodeError> {
        T::decode_row(row)
    }
}

/// The table that consists of `rows`.
pub(super) fn table<D: Database, T: TableRows>(rows: impl Subquery) -> DerivedTable<D, T> {
    of_rows(DerivedRows::in_place(rows, T::COLUMNS))
}

pub(super) fn of_rows<D: Database, T: TableRows, S>(rows: DerivedRows) -> DerivedTable<D, T, S> {
    Select::of(Source::Derived(rows), Query::empty(), WholeRow::new())
}

impl<D: Database, T: TableRows, S: Send + Sync + 'static> DerivedTable<D, T, S> {
    /// Selects only these columns and expressions of the table: each row is a tuple of them.
    pub fn select<C: Selection<TableOf<D, T>>>(self, columns: C) -> Select<TableOf<D, T>, S, C> {
        let (source, query) = self.rows();
        Select::of(source, query, columns)
    }

    /// Groups the rows that have the same value, or the same values of a tuple, into one row.
    pub fn group_by(
        self,
        by: impl Expressions<TableOf<D, T>, Place: OfGroupBy>,
    ) -> Grouped<TableOf<D, T>, S> {
        let (source, query) = self.rows();
        Grouped::new(source, query, by.into_list())
    }

    /// All columns of the rows. Where a limit and the like leaves rows out, the whole query becomes the source.
    pub(crate) fn whole(self) -> Self {
        let (source, query) = self.rows();
        Select::of(source, query, WholeRow::new())
    }

    /// The source to select from, and the query that chooses its rows. Where a limit and the like leaves rows out, the
    /// whole query becomes the source.
    fn rows(self) -> SomeOf<TableOf<D, T>, S> {
        if self.is_whole() {
            return self.into_rows();
        }
        (Source::Derived(DerivedRows::in_place(InPlace(self), T::COLUMNS)), Query::empty())
    }

    /// The rows as a table to be read under another name.
    pub(crate) fn into_derived(self) -> DerivedRows {
        match self.rows() {
            (Source::Derived(rows), query) if query.is_plain() => rows,
            (source, query) => {
                let whole = Select::of(source, query, WholeRow::<T>::new());
                DerivedRows::in_place(InPlace(whole), T::COLUMNS)
            }
        }
    }
}

/// The values that `C` selects from the rows of `M`.
#[derive(Debug)]
pub struct Selected<M, C>(PhantomData<fn() -> (M, C)>);

impl<M: 'static, C: TableColumns<M> + 'static> TableRows for Selected<M, C> {
    type Row = C::Row;
    const COLUMNS: &'static [&'static str] = C::NAMES;

    fn decode_row(row: &mut Decoder<'_>) -> Result<C::Row, DecodeError> {
        C::decode(row)
    }
}

/// The table of the values that `C` selects from `M`.
type TableOfSelected<M, C> = TableOf<<M as Model>::Db, Selected<M, C>>;

/// That table, and its columns.
type TableAndColumns<M, C> =
    (DerivedTable<<M as Model>::Db, Selected<M, C>>, <C as TableColumns<M>>::Columns<TableOfSelected<M, C>>);

impl<M: Model, C: TableColumns<M> + 'static> Select<M, Unlocked, C> {
    /// Makes the selection a table, together with its columns in the order in which they were selected. So a query can
    /// filter by a window function, take the first rows of each group, or aggregate aggregates.
    ///
    /// ```
    /// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
    /// # use shop::*;
    /// # use ormgen_runtime::{Result, prelude::*};
    /// use ormgen_runtime::functions::{partition_by, row_number};
    ///
    /// # async fn example(dbs: &Databases) -> Result<()> {
    /// // The three customers of each city who come most often.
    /// let place = row_number().over(partition_by(Customer::CITY).order_by(Customer::VISITS.desc()));
    /// let (rows, (city, name, place)) =
    ///     Customer::query().select((Customer::CITY, Customer::NAME, place)).into_table();
    /// let regulars = rows.filter(place.lte(3)).order_by((city.asc(), place.asc())).select((city, name)).all(dbs).await?;
    /// # let _ = regulars;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A row of a query around the table is named by [`outer`](crate::functions::outer), as in other subqueries.
    pub fn into_table(self) -> TableAndColumns<M, C> {
        (table(InPlace(self)), C::columns())
    }

    /// As [`into_table`](Self::into_table), as a common table expression, `WITH … AS (…)`: where a statement reads the
    /// table in several places, or beside itself, the query is written and run once.
    ///
    /// ```
    /// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
    /// # use shop::*;
    /// # use ormgen_runtime::{Result, prelude::*};
    /// use ormgen_runtime::functions::{avg, sum};
    ///
    /// # async fn example(dbs: &Databases) -> Result<()> {
    /// // The cities whose customers come more often than those of a city do on average.
    /// let per_city = Customer::query().group_by(Customer::CITY).select((Customer::CITY, sum(Customer::VISITS)));
    /// let (cities, (city, visits)) = per_city.into_cte();
    /// let average = cities.clone().select(avg(visits)).scalar();
    /// let busy = cities.filter(visits.gt(average)).select(city).all(dbs).await?;
    /// # let _ = busy;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// It stands at the beginning of the statement, so that no [`outer`](crate::functions::outer) row is around it.
    pub fn into_cte(self) -> TableAndColumns<M, C> {
        (of_rows(DerivedRows::common(InPlace(self), Selected::<M, C>::COLUMNS)), C::columns())
    }
}

/// A query that is written in place of a table.
struct InPlace<M, S, C>(Select<M, S, C>);

impl<M: Model, S: 'static, C: Selection<M> + 'static> Subquery for InPlace<M, S, C> {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.in_place(M::TABLE, |sql| Reads::write(&self.0, sql));
    }

    fn is_same(&self, other: &dyn Subquery) -> bool {
        same_subquery(self, other, |left, right| left.0.is_same(&right.0))
    }
}

/// A selection that can become a table: a column, an expression, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the columns of a table",
    label = "expected a column or expression of `{M}`, or a tuple of up to twelve of them, none of which is a tuple"
)]
pub trait TableColumns<M>: Selection<M> {
    /// The columns of that table, where `T` is their model.
    type Columns<T>;

    /// The names of the columns.
    #[doc(hidden)]
    const NAMES: &'static [&'static str];

    #[doc(hidden)]
    fn columns<T: Model>() -> Self::Columns<T>;
}

const NAMES: [&str; 12] = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "c12"];

pub(super) const ONE_NAME: &[&str] = NAMES.split_at(1).0;

/// A column of a derived table, of which `R` is the type in a row.
pub(super) fn column<T: Model, V, K: Kind, R: FromSqlOwned + 'static>(at: usize) -> Column<T, V, K> {
    let (sql_type, is_scalar) = read_type::<R, T::Db>();
    let column = Column::new(NAMES[at], sql_type);
    if is_scalar { column } else { column.compound() }
}

/// A selection of one column or expression.
pub trait TableColumn<M>: Selection<M> {
    /// Its column in that table, where `T` is the model.
    type Column<T>;

    #[doc(hidden)]
    fn column<T: Model>(at: usize) -> Self::Column<T>;
}

macro_rules! single {
    ($([$($generics:tt)*] $name:ty, $value:ty, $kind:ty, $in_row:ty;)*) => {$(
        impl<M, $($generics)*> TableColumn<M> for $name
        where
            Self: Selection<M>,
            $in_row: FromSqlOwned + 'static,
        {
            type Column<X> = Column<X, $value, $kind>;

            fn column<X: Model>(at: usize) -> Self::Column<X> {
                column::<X, $value, $kind, $in_row>(at)
            }
        }

        impl<M, $($generics)*> TableColumns<M> for $name
        where
            Self: Selection<M>,
            $in_row: FromSqlOwned + 'static,
        {
            type Columns<X> = Column<X, $value, $kind>;
            const NAMES: &'static [&'static str] = ONE_NAME;

            fn columns<X: Model>() -> Self::Columns<X> {
                column::<X, $value, $kind, $in_row>(0)
            }
        }
    )*};
}

single! {
    [T, K: Kind] Column<M, T, K>, T, K::Plain, K::InRow<T>;
    [T, K: Kind, P: Place] Expr<M, T, K, P>, T, K::Plain, K::InRow<T>;
    [T, K: Kind] Aggregate<M, T, K>, T, K::Plain, K::InRow<T>;
    [P: Place] Filter<M, P>, bool, NotNull, bool;
}

macro_rules! tuple {
    ($($name:ident $value:ident $at:tt),+) => {
        impl<M, $($name: TableColumn<M>),+> TableColumns<M> for ($($name,)+) {
            type Columns<X> = ($($name::Column<X>,)+);
            const NAMES: &'static [&'static str] = NAMES.split_at([$($at),+].len()).0;

            fn columns<X: Model>() -> Self::Columns<X> {
                ($($name::column::<X>($at),)+)
            }
        }
    };
}

tuples!(up to 12: tuple);
