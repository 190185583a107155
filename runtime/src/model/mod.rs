//! The traits that generated code implements. There is nothing to implement by hand.

mod column;
mod decode;
mod definition;
mod field;
mod sealed;
mod tuples;

use crate::sql::{ColumnDef, Values};

pub(crate) use self::{
    column::Types,
    decode::{Misfit, Unread},
    sealed::{Sealed, sealed},
    tuples::tuples,
};
pub use self::{
    column::{Column, Generated, Kind, NotNull, Nullable, NullableGenerated, Settable},
    decode::{DecodeError, Decoder},
    definition::{CompositeDef, EnumDef, TableDef},
    field::{Field, Fields},
};

/// The marker type of one database, by which the compiler keeps its models, pools and transactions apart from those of
/// other databases.
pub trait Database: Send + Sync + 'static {
    /// The database's name: its default connection's alias.
    const NAME: &'static str;
    /// The database's tables and views, for [`DatabaseSet::verify`](crate::DatabaseSet::verify).
    const TABLES: &'static [TableDef];
    /// The database's enums, for the same check.
    const ENUMS: &'static [EnumDef];
    /// The database's composite types, for the same check.
    const COMPOSITES: &'static [CompositeDef] = &[];
}

/// The Rust type of one table or view.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a model", label = "not a generated struct")]
pub trait Model: Sized + Send + Sync + 'static {
    /// The database that has the table or view.
    type Db: Database;
    /// Whether it is a [`Table`] or a [`View`].
    type Kind: ModelKind;
    /// The struct's name, for errors and spans.
    const NAME: &'static str;
    /// The table as SQL names it: schema, dot, name; quoted where it needs to be.
    const TABLE: &'static str;
    /// The model's columns, in the order of [`SELECT`](Self::SELECT).
    const COLUMNS: &'static [ColumnDef];
    /// `SELECT` of every column from the table, without any condition.
    const SELECT: &'static str;

    /// Reads one row, column by column, in the order of [`SELECT`](Self::SELECT).
    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError>;

    /// Adds this row's values to `fields`, in the order of [`COLUMNS`](Self::COLUMNS). The model of a view adds none,
    /// since its rows are never written.
    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        let _ = fields;
    }
}

/// A [`Model::Kind`]: a table or a view.
pub trait ModelKind {
    /// Whether reading the rows calls no functions but those in the query itself; a view's own query may call any
    /// function.
    #[doc(hidden)]
    const IS_TABLE: bool;
}

impl ModelKind for Table {
    const IS_TABLE: bool = true;
}

impl ModelKind for View {
    const IS_TABLE: bool = false;
}

/// The [`Model::Kind`] of a table: its rows can be changed.
#[derive(Debug)]
pub enum Table {}

/// The [`Model::Kind`] of a view: it is only read.
#[derive(Debug)]
pub enum View {}

/// A [`Model::Kind`] whose rows can be changed.
#[diagnostic::on_unimplemented(
    message = "this model is a view: its rows cannot be inserted, updated or deleted",
    label = "write to the view's tables instead",
    note = "a type parameter is bound to be one of a table: `M: Model<Kind: ormgen_runtime::query::Writable>`"
)]
pub trait Writable: Sealed {}

sealed!(Table);
impl Writable for Table {}

/// A model with a primary key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no primary key",
    label = "it cannot be found by key",
    note = "use `query().filter(…)`, or name the key in the manifest: `tables: {{ …: {{ key: […] }} }}`"
)]
pub trait Keyed: Model {
    /// The key's type; a tuple for a composite key.
    type Key: Send + Sync;
    /// The key's columns, in the order of the key.
    const KEY: &'static [ColumnDef];
    /// [`Model::SELECT`] of the row with the key `$1`, `$2`, …
    const FIND: &'static str;

    /// The key of this row.
    fn key(&self) -> Self::Key;
    /// Adds the key's values to `values`, in the order of [`KEY`](Self::KEY).
    fn bind<'a>(key: &'a Self::Key, values: &mut Values<'a>);
}

/// The struct that an insert takes: it has the columns that the database does not fill in by itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be inserted",
    label = "an insert takes the `New…` struct of its table",
    note = "a row that was read, a copy from another server, say, goes in with `insert_row` or `insert_rows`"
)]
pub trait Insertable: Send + Sync {
    /// The model of the table that the row is inserted into.
    type Model: Model;
    /// The columns that the struct gives values for, in the order of [`bind`](Self::bind).
    const COLUMNS: &'static [ColumnDef];
    /// `INSERT` of one row that returns the columns of [`Model::SELECT`].
    const INSERT: &'static str;

    /// Adds the row's values to `values`, in the order of [`COLUMNS`](Self::COLUMNS).
    fn bind<'a>(&'a self, values: &mut Values<'a>);
}

impl<N: Insertable> Insertable for &N {
    type Model = N::Model;
    const COLUMNS: &'static [ColumnDef] = N::COLUMNS;
    const INSERT: &'static str = N::INSERT;

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        N::bind(self, values);
    }
}

/// Says that two databases are the same one, so that one statement can read models of both.
#[diagnostic::on_unimplemented(
    message = "one statement cannot read two databases: `{Self}` and `{D}`",
    label = "this leads from `{D}` into `{Self}`",
    note = "load what a reference leads to instead, from its own database: `.with(…)`",
    note = "or query the other database first, and filter by the keys: `CUSTOMER_ID.is_in(keys)`"
)]
pub trait SameDatabase<D> {}

impl<D> SameDatabase<D> for D {}

/// A database that does not exist, for a second implementation of [`SameDatabase`]. With one implementation alone, the
/// compiler would take a database that it does not know yet for the other one, and then report mismatched types in
/// place of the message above.
#[derive(Debug)]
pub struct NoDatabase<D>(std::marker::PhantomData<D>);

impl<D> SameDatabase<NoDatabase<D>> for D {}
