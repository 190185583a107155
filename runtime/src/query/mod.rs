//! The types that queries return, and the traits that the bounds of their methods name.
//!
//! A query begins with a method of [`Queries`]: `Customer::query()`, `Customer::find(7)`, `Customer::insert(new)`. A
//! query that reads has the methods of [`Fetch`], a statement that writes those of [`Execute`]; the
//! [prelude](crate::prelude) brings both into scope, and a program seldom needs a name from here.

mod annotate;
mod assign;
mod atomic;
#[cfg(feature = "json")]
mod by_name;
mod change;
mod changed;
mod column_type;
mod columns;
mod conflict;
mod copy;
pub(crate) mod elsewhere;
mod explain;
mod find;
mod find_many;
mod given;
mod grouped;
mod grouping;
mod insert;
mod insert_batch;
mod insert_from;
mod insert_many;
mod joining;
mod key;
mod keyset;
mod lock;
mod new_row;
mod noting;
#[cfg(feature = "json")]
mod outside;
pub(crate) mod owned;
mod part;
mod project;
mod raw;
mod read_as;
mod reads;
mod row;
mod rows;
pub(crate) mod run;
mod select;
mod series;
mod set;
mod settle;
mod sort_key;
mod subquery;
mod table;
mod tail;
mod unfinished;
mod unnest;
mod update_many;
mod upsert;
mod write;

use std::borrow::Borrow;

#[cfg(feature = "json")]
pub use crate::expr::{FindsValue, JsonComparable, JsonDocument, JsonKeys};
pub use crate::{
    expr::{
        Aggregate, Anywhere, Arithmetic, ArrayComparable, Assign, BesideRow, CaseValue, CastTarget, Castable,
        Comparable, ComparesWith, Divisible, Expressions, Fits, FractionType, HasFields, InGroupBy, InHaving,
        InRange, InSelect, IntoFilter, IntoOrder, IntoValue, Number, NumberType, OfGroupBy, OfGroups,
        OfRelatedRow, OfRows, Operand, OperandOrNull, Orderable, Ordinal, Place, Promotes, RangeComparable,
        SameAs, SearchText, Searchable, SqlValue, TableAlias, Text, TextComparable, TextType, ValueOf,
        Window, WindowFunction, operators,
    },
    model::{Generated, Kind, NullableGenerated, SameDatabase, Settable, Writable},
    pool::{Exclusive, GroupCommit, Primary},
};
pub use annotate::Annotated;
#[cfg(feature = "json")]
pub use by_name::{ByName, ByNameError};
pub use change::{Condition, Delete, Update};
pub use changed::OfChange;
pub use columns::{Columns, SettableColumns};
pub use explain::Explain;
pub use find::{ByKey, Find};
pub use given::{GiveValues, GivenRow};
pub use grouped::Grouped;
pub use insert::Insert;
pub use insert_from::InsertFrom;
pub use insert_many::InsertMany;
pub(crate) use joining::{JoinStep, Joining};
pub use key::IntoKey;
pub use keyset::{IntoCursor, Keyset, Page};
pub(crate) use lock::{Lock, NOWAIT, SKIP_LOCKED, locks};
pub use lock::{Locked, RowLock, Runs};
pub use new_row::{FullRow, NewRow};
pub use part::{InsertSource, RowFor, StatementPart};
pub use project::{GroupSelected, Select, Selection};
pub use raw::{Access, Changing, FromRow, ModelRow, Raw, RawSql, Reading, StructRow, TupleRow, ValueRow};
pub use read_as::{AsRows, FromSelected, NamedRow, ReadAs};
pub(crate) use reads::ReadDb;
pub use reads::{Fetch, Reads};
pub use row::Row;
pub use rows::{Narrow, Paged, WholeRows};
pub use run::Rows;
pub(crate) use select::Cut;
pub use select::{OfQuery, Query, Unlocked};
pub use series::{InSeries, Series, SeriesOf};
pub use set::{Combine, RowsOf, SameRow, Set};
pub use sort_key::{Descending, SortKey, SortTerm, asc, desc};
pub use subquery::{Nested, QueryComparable, Selects, exists};
pub use table::{DerivedTable, Selected, TableColumn, TableColumns, TableOf, TableRows, WholeRow};
pub(crate) use unfinished::not_yet;
pub use unfinished::{RunsByPage, RunsUnanswered, RunsUnselected};
pub use update_many::{RowsToUpdate, UpdateMany};
pub use upsert::{
    AnyConflict, ByColumns, ByConstraint, ByIndex, DoNothing, DoUpdate, Indexed, Inserting, Named,
    OnConflict, Upsert,
};
pub use write::{Execute, OfExactlyOneRow, OfOneRow, Returning, Writes};

use crate::{
    model::{Keyed, Model, ModelKind as _},
    sql::{ColumnDef, Intent, Sharing, SqlWriter, Statement},
};

/// Begins the queries and the statements on a model. In scope through the [prelude](crate::prelude).
pub trait Queries: Model {
    /// A query of this model's rows.
    fn query() -> Query<Self> {
        Query::new()
    }

    /// This model's table under a name of its own, beside the rows that a query is of: a table beside itself, or beside
    /// one that no relation leads to. See [`TableAlias`].
    fn alias(name: &'static str) -> TableAlias<Self> {
        TableAlias::new(name)
    }

    /// A query of the row with this key.
    fn find(key: impl IntoKey<Self::Key>) -> Find<Self>
    where
        Self: Keyed,
    {
        Find::new(key.into_key())
    }

    /// A query of the rows with these keys, in any order; a key that no row has is passed over. It is one statement for
    /// any number of keys: `Customer::find_many([1, 2, 3]).all(&dbs)`.
    fn find_many<K: IntoKey<Self::Key>>(keys: impl IntoIterator<Item = K>) -> Query<Self>
    where
        Self: Keyed<Key: 'static>,
    {
        Query::new().filter(find_many::has_key(keys.into_iter().map(K::into_key).collect()))
    }

    /// An insert of one row.
    fn insert<N>(row: N) -> Insert<N>
    where
        N: NewRow<Model = Self>,
        Self::Kind: Writable,
    {
        Insert::new(row)
    }

    /// An insert of many rows, in the fastest way for their number: as one array of values per column, or for thousands
    /// of rows by a binary `COPY`.
    fn insert_many<N>(rows: impl IntoIterator<Item = N>) -> InsertMany<N>
    where
        N: NewRow<Model = Self>,
        Self::Kind: Writable,
    {
        InsertMany::new(rows.into_iter().collect())
    }

    /// An insert of the rows that a query selects, or that a change returns, one value for each of `columns`: the rows
    /// stay inside the database.
    ///
    /// ```
    /// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
    /// # use shop::*;
    /// # use ormgen_runtime::{Result, prelude::*};
    /// # async fn example(dbs: &Databases) -> Result<()> {
    /// let columns = (Note::CUSTOMER_ID, Note::BODY);
    ///
    /// // A note about each customer who comes often.
    /// let regulars = Customer::query().filter(Customer::VISITS.gt(10)).select((Customer::ID, Customer::NAME));
    /// Note::insert_from(columns, regulars).execute(dbs).await?;
    ///
    /// // In one statement: the customers of a city go, and a note of each stays.
    /// let gone = Customer::query().filter(Customer::CITY.eq("Delft")).delete();
    /// Note::insert_from(columns, gone.returning((Customer::ID, Customer::NAME))).execute(dbs).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// What a change returns comes from a `delete()`, an `update()` or an `insert(…)` of one row. Both parts of the
    /// statement see the tables as they were before it: the inserted rows are none that the change could find
    /// (<https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING>).
    ///
    /// The types are the same on both sides: to insert a value that cannot be NULL into a column that may be NULL, wrap
    /// it in [`nullable`](crate::functions::nullable).
    fn insert_from<C, Q>(columns: C, query: Q) -> Q::Insert<Self>
    where
        C: Selection<Self> + SettableColumns<Self>,
        Q: InsertSource<Row: RowFor<C::Row>>,
        <Q::Model as Model>::Db: SameDatabase<Self::Db>,
        Self::Kind: Writable,
    {
        query.insert(columns.defs())
    }

    /// An insert of a whole row as it is, including the columns with a default or an identity: a row copied from
    /// another server, say. The database computes generated columns anew.
    ///
    /// The sequence behind a column does not advance past values that are inserted this way.
    fn insert_row<R: Borrow<Self> + Send + Sync>(row: R) -> Insert<FullRow<Self, R>>
    where
        Self::Kind: Writable,
    {
        Insert::new(FullRow::new(row))
    }

    /// An insert of many whole rows, each as by [`insert_row`](Self::insert_row), sent as
    /// [`insert_many`](Self::insert_many) sends rows.
    fn insert_rows<R: Borrow<Self> + Send + Sync>(
        rows: impl IntoIterator<Item = R>,
    ) -> InsertMany<FullRow<Self, R>>
    where
        Self::Kind: Writable,
    {
        InsertMany::new(rows.into_iter().map(FullRow::new).collect())
    }

    /// An update of many rows with one statement, which sets each stored row to the values of its struct in `rows`.
    ///
    /// `Customer::update_many(&rows).set_columns((Customer::NAME, Customer::VISITS)).execute(&dbs)`
    ///
    /// Of several structs with one key, one is stored, and which is not certain: SQL updates a row once.
    fn update_many<R: Borrow<Self> + Send + Sync>(rows: impl IntoIterator<Item = R>) -> RowsToUpdate<Self, R>
    where
        Self: Keyed,
        Self::Kind: Writable,
    {
        RowsToUpdate::new(rows.into_iter().collect())
    }
}

impl<M: Model> Queries for M {}

/// A number of rows for `limit` and `offset`: a whole number of Rust's, or an `Option` of one, of which `None` changes
/// nothing.
///
/// A statement with a negative number is not sent: [`Error::InvalidQuery`](crate::Error::InvalidQuery). One that SQL's
/// `bigint` cannot hold is its greatest: no table has so many rows.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no number of rows",
    label = "expected a whole number, or an `Option` of one",
    note = "a text is parsed: `text.parse::<u32>()?`"
)]
pub trait RowCount {
    /// The number, if there is one.
    #[doc(hidden)]
    fn rows(self) -> Option<i64>;
}

macro_rules! row_counts {
    ($($number:ty)*) => {
        $(
            impl RowCount for $number {
                fn rows(self) -> Option<i64> {
                    // What fails to convert is above zero.
                    Some(i64::try_from(self).unwrap_or(i64::MAX))
                }
            }

            impl RowCount for Option<$number> {
                fn rows(self) -> Option<i64> {
                    self.and_then(RowCount::rows)
                }
            }
        )*
    };
}

row_counts!(i16 i32 i64 u8 u16 u32 u64 usize);

/// Lets a statement that reads rows of `M` share a connection. A statement that locks rows may not share one, nor may
/// one that reads a view, as the view's own query may call any function.
pub(crate) fn reading<M: Model>(statement: Statement<'_>, sharing: Sharing) -> Statement<'_> {
    if M::Kind::IS_TABLE && statement.intent == Intent::Read { statement.shared(sharing) } else { statement }
}

/// Writes the columns' names, separated by `, `.
fn write_names<'c>(sql: &mut SqlWriter<'_>, columns: impl IntoIterator<Item = &'c ColumnDef>) {
    sql.list(", ", columns, |sql, column| {
        sql.push(column.name);
    });
}
