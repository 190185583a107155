//! The traits that generated code implements. There is nothing to implement by hand.

use std::fmt;

use postgres_types::{FromSql, Type, WrongType};
use tokio_postgres::Row;

use crate::{
    column::ColumnDef,
    field::Fields,
    sql::{Values, plain},
    verify::{EnumDef, TableDef},
};

/// The marker type of one database: what keeps its models, pools and transactions apart from any other's.
pub trait Database: Send + Sync + 'static {
    /// The database's name: its default connection's alias.
    const NAME: &'static str;
    /// Its tables and views, for [`DatabaseSet::verify`](crate::DatabaseSet::verify).
    const TABLES: &'static [TableDef];
    /// Its enums, likewise.
    const ENUMS: &'static [EnumDef];
}

/// The Rust type of one table or view.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a model", label = "not a generated struct")]
pub trait Model: Sized + Send + Sync + 'static {
    /// The database it lives in.
    type Db: Database;
    /// [`Table`] or [`View`].
    type Kind;
    /// The struct's name, for errors and spans.
    const NAME: &'static str;
    /// The table as SQL names it: schema, dot, name; quoted where it needs to be.
    const TABLE: &'static str;
    /// Its columns, in the order of [`SELECT`](Self::SELECT).
    const COLUMNS: &'static [ColumnDef];
    /// `SELECT` of every column from the table, without any condition.
    const SELECT: &'static str;

    /// Reads one row, column by column, in the order of [`SELECT`](Self::SELECT).
    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError>;

    /// Adds this row's values, in the order of [`COLUMNS`](Self::COLUMNS). A view's row is never written: it adds none.
    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        let _ = fields;
    }
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
    label = "write to the view's tables instead"
)]
pub trait Writable {}

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
    /// The key's columns, in its order.
    const KEY: &'static [ColumnDef];
    /// [`Model::SELECT`] of the row with the key `$1`, `$2`, …
    const FIND: &'static str;

    /// The key of this row.
    fn key(&self) -> Self::Key;
    /// Adds the key's values, in its order.
    fn bind<'a>(key: &'a Self::Key, values: &mut Values<'a>);
}

/// What an insert takes: a struct of the columns that the database does not fill in by itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be inserted",
    label = "an insert takes the `New…` struct of its table",
    note = "a row that was read, a copy from another server, say, goes in with `insert_row` or `insert_rows`"
)]
pub trait Insertable: Send + Sync {
    /// The model whose table it goes into.
    type Model: Model;
    /// The columns it gives, in the order of [`bind`](Self::bind).
    const COLUMNS: &'static [ColumnDef];
    /// `INSERT` of one row that returns the columns of [`Model::SELECT`].
    const INSERT: &'static str;

    /// Adds the row's values, in the order of [`COLUMNS`](Self::COLUMNS).
    fn bind<'a>(&'a self, values: &mut Values<'a>);
}

/// Hands out a row's columns one after the other.
#[derive(Debug)]
pub struct Decoder<'r> {
    row: &'r Row,
    next: usize,
    /// Where in the row each column is; empty where they are in order.
    places: &'r [usize],
}

/// A column that does not fit its field's type. Small, as every column of every row may give one.
#[derive(Debug)]
pub struct DecodeError(Box<Unread>);

/// What could not be read.
#[derive(Debug)]
pub(crate) struct Unread {
    /// Its place in the row, from 0.
    pub column: usize,
    pub source: Misfit,
}

/// Why a row cannot be read.
#[derive(Debug)]
pub(crate) enum Misfit {
    /// A value is not of its column's type.
    Value(tokio_postgres::Error),
    /// The columns are others than those wanted.
    Columns(String),
}

impl DecodeError {
    pub(crate) fn new(column: usize, source: Misfit) -> Self {
        Self(Box::new(Unread { column, source }))
    }

    pub(crate) fn unread(self) -> Unread {
        *self.0
    }
}

impl<'r> Decoder<'r> {
    pub(crate) fn new(row: &'r Row) -> Self {
        Self { row, next: 0, places: &[] }
    }

    /// The same row, its columns in another order.
    pub(crate) fn placed<'d>(&'d self, places: &'d [usize]) -> Decoder<'d> {
        Decoder { row: self.row, next: 0, places }
    }

    pub(crate) fn columns(&self) -> &'r [tokio_postgres::Column] {
        self.row.columns()
    }

    /// Leaves out the next columns.
    pub(crate) fn skip(&mut self, columns: usize) {
        self.next += columns;
    }

    /// The next column's value.
    ///
    /// # Errors
    /// If it is not of type `T`, or is NULL where `T` is not an `Option`.
    pub fn get<T: FromSql<'r>>(&mut self) -> Result<T, DecodeError> {
        let column = self.place(self.next);
        self.next += 1;
        match self.row.try_get::<_, Plain<T>>(column) {
            Ok(Plain(value)) => Ok(value),
            Err(source) => Err(DecodeError::new(column, Misfit::Value(source))),
        }
    }

    /// Whether each of the next columns is NULL; none of them is read.
    pub(crate) fn are_null(&self, columns: usize) -> bool {
        (self.next..self.next + columns)
            .all(|column| matches!(self.row.try_get::<_, Option<Anything>>(self.place(column)), Ok(None)))
    }

    /// Where in the row the column is that is wanted at this place.
    fn place(&self, column: usize) -> usize {
        self.places.get(column).copied().unwrap_or(column)
    }
}

/// A value of whatever type, for what matters is that it is not NULL.
struct Anything;

impl<'r> FromSql<'r> for Anything {
    fn from_sql(_: &Type, _: &'r [u8]) -> FromSqlResult<Self> {
        Ok(Self)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A value read as its column's type or else as its [plain] type. It looks at the type once, where the driver would
/// ask first and read then: this is done for every column of every row.
struct Plain<T>(T);

type FromSqlResult<T> = Result<T, Box<dyn std::error::Error + Sync + Send>>;

impl<T> Plain<T> {
    fn read<'r>(ty: &Type, read: impl FnOnce(&Type) -> FromSqlResult<T>) -> FromSqlResult<Self>
    where
        T: FromSql<'r>,
    {
        if T::accepts(ty) {
            return read(ty).map(Self);
        }
        let plain = plain(ty);
        if T::accepts(&plain) { read(&plain).map(Self) } else { Err(WrongType::new::<T>(ty.clone()).into()) }
    }
}

impl<'r, T: FromSql<'r>> FromSql<'r> for Plain<T> {
    fn from_sql(ty: &Type, raw: &'r [u8]) -> FromSqlResult<Self> {
        Self::read(ty, |ty| T::from_sql(ty, raw))
    }

    fn from_sql_null(ty: &Type) -> FromSqlResult<Self> {
        Self::read(ty, T::from_sql_null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.source {
            Misfit::Value(source) => write!(f, "column {}: {source}", self.0.column + 1),
            Misfit::Columns(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.source {
            Misfit::Value(source) => Some(source),
            Misfit::Columns(_) => None,
        }
    }
}
