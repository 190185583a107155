//! Reading a row, column by column.

use std::fmt;

use postgres_types::{FromSql, Type, WrongType};
use tokio_postgres::Row;

use super::tuples;
use crate::types::{exact, plain};

/// Reads a row's columns one after the other.
#[derive(Debug)]
pub struct Decoder<'r> {
    row: &'r Row,
    next: usize,
    /// Where in the row each column is; empty where they are in order.
    places: &'r [usize],
}

/// A column's value that does not fit its field's type. The error is boxed, to keep the `Result` of every column of
/// every row small.
#[derive(Debug)]
pub struct DecodeError(Box<Unread>);

/// The column that could not be read, and why.
#[derive(Debug)]
pub(crate) struct Unread {
    /// The column's place in the row, from 0.
    pub column: usize,
    pub source: Misfit,
}

/// Why a row cannot be read.
#[derive(Debug)]
pub(crate) enum Misfit {
    /// A value does not fit the type that it is read as.
    Value(tokio_postgres::Error),
    /// The row's columns are others than those that are read.
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

    /// Reads the same row with its columns in another order: `places` says where in the row each one is.
    pub(crate) fn placed<'d>(&'d self, places: &'d [usize]) -> Decoder<'d> {
        Decoder { row: self.row, next: 0, places }
    }

    pub(crate) fn columns(&self) -> &'r [tokio_postgres::Column] {
        self.row.columns()
    }

    /// Skips the next columns.
    pub(crate) fn skip(&mut self, columns: usize) {
        self.next += columns;
    }

    /// Reads the next column's value.
    ///
    /// # Errors
    /// If the value is not of type `T`, if `T` cannot hold it exactly, or if it is NULL and `T` is not an `Option`.
    pub fn get<T: Readable<'r>>(&mut self) -> Result<T, DecodeError> {
        let column = self.place(self.next);
        self.next += 1;
        match self.row.try_get::<_, Plain<T>>(column) {
            Ok(Plain(value)) => Ok(value),
            Err(source) => Err(DecodeError::new(column, Misfit::Value(source))),
        }
    }

    /// Reads the next columns' values, as many as the tuple has. Generated code reads a row by a few of these calls: a
    /// [`get`](Self::get) with a `?` for each column takes rustc longer to check and to compile.
    ///
    /// # Errors
    /// Those of [`get`](Self::get).
    pub fn values<T: FromColumns<'r>>(&mut self) -> Result<T, DecodeError> {
        T::from_columns(self)
    }

    /// Whether all of the next columns are NULL. The decoder does not move past them.
    pub(crate) fn are_null(&self, columns: usize) -> bool {
        (self.next..self.next + columns)
            .all(|column| matches!(self.row.try_get::<_, Option<Anything>>(self.place(column)), Ok(None)))
    }

    /// The place in the row of the column that is read at this place.
    fn place(&self, column: usize) -> usize {
        self.places.get(column).copied().unwrap_or(column)
    }
}

/// A value that is read from a column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a column",
    label = "a column of this row has the type `{Self}`",
    note = "a type of your own, which the manifest's `types` gives a column, implements `FromSql` and `ToSql` of `ormgen_runtime::types`, and `PartialEq`",
    note = "`ormgen_runtime::column_type!` declares a struct around another type that does",
    note = "a type out of `json` or `jsonb` implements serde's `Deserialize` and `Serialize`, and `PartialEq`"
)]
pub trait Readable<'r>: FromSql<'r> + 'static {}

#[diagnostic::do_not_recommend]
impl<'r, T: FromSql<'r> + 'static> Readable<'r> for T {}

/// A tuple of at most twelve columns' values.
pub trait FromColumns<'r>: Sized {
    /// Reads the values, one after the other.
    #[doc(hidden)]
    fn from_columns(row: &mut Decoder<'r>) -> Result<Self, DecodeError>;
}

macro_rules! from_columns {
    ($($name:ident $value:ident $at:tt),+) => {
        impl<'r, $($name: Readable<'r>),+> FromColumns<'r> for ($($name,)+) {
            #[inline]
            fn from_columns(row: &mut Decoder<'r>) -> Result<Self, DecodeError> {
                Ok(($(row.get::<$name>()?,)+))
            }
        }
    };
}

tuples!(up to 12: from_columns);

/// A value of any type, which is not read: the caller asks only whether it is NULL.
struct Anything;

impl<'r> FromSql<'r> for Anything {
    fn from_sql(_: &Type, _: &'r [u8]) -> FromSqlResult<Self> {
        Ok(Self)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A value read as its column's type or else as its [plain] type. The type is looked at once, where the driver would
/// first check it and then read: this runs for every column of every row.
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

impl<'r, T: FromSql<'r> + 'static> FromSql<'r> for Plain<T> {
    fn from_sql(ty: &Type, raw: &'r [u8]) -> FromSqlResult<Self> {
        Self::read(ty, |ty| {
            exact::check::<T>(ty, raw)?;
            T::from_sql(ty, raw)
        })
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
