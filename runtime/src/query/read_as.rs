//! Rows of a selection as a struct of the program's own.

use std::marker::PhantomData;

use super::reads::Reads;
use crate::{
    error::Result,
    model::{DecodeError, Decoder},
    sql::{Intent, SqlWriter},
};

/// A query whose rows are read as `R`.
#[derive(Clone, Debug)]
#[must_use = "a query does nothing until it is run: `.all(&dbs).await`"]
pub struct ReadAs<Q, R> {
    query: Q,
    row: PhantomData<fn() -> R>,
}

/// Rows as a type of the program's own. In scope through the [prelude](crate::prelude).
pub trait AsRows: Reads + Sized {
    /// The same query, each of whose rows is made an `R`. [`row!`](crate::row) declares a struct that the rows of a
    /// selection can be read as, field by field:
    ///
    /// ```
    /// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
    /// # use shop::*;
    /// # use ormgen_runtime::{Result, prelude::*};
    /// ormgen_runtime::row! {
    ///     /// A line of the list of customers.
    ///     #[derive(Debug)]
    ///     pub struct Line {
    ///         pub name: String,
    ///         pub city: Option<String>,
    ///     }
    /// }
    ///
    /// # async fn example(dbs: &Databases) -> Result<()> {
    /// let lines: Vec<Line> =
    ///     Customer::query().select((Customer::NAME, Customer::CITY)).read_as::<Line>().all(dbs).await?;
    /// # let _ = lines;
    /// # Ok(())
    /// # }
    /// ```
    fn read_as<R: From<Self::Row> + Send>(self) -> ReadAs<Self, R> {
        ReadAs { query: self, row: PhantomData }
    }
}

impl<Q: Reads> AsRows for Q {}

impl<Q: Reads, R: From<Q::Row> + Send> Reads for ReadAs<Q, R> {
    type Model = Q::Model;
    type Row = R;

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.query.write(sql);
    }

    fn write_ones<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.query.write_ones(sql);
    }

    fn intent(&self) -> Intent {
        self.query.intent()
    }

    fn decoder(&self) -> impl Fn(&mut Decoder<'_>) -> Result<R, DecodeError> + Send + Sync + use<Q, R> {
        let decode = self.query.decoder();
        move |row| decode(row).map(R::from)
    }

    fn at_most(&mut self, rows: u64) {
        self.query.at_most(rows);
    }
}

/// A struct that [`row!`](crate::row) declares.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row",
    label = "expected a struct that `ormgen_runtime::row! {{ … }}` declares"
)]
pub trait NamedRow: Sized + Send {
    /// What the struct is called.
    #[doc(hidden)]
    const NAME: &'static str;
    /// What its fields are called, in their order.
    #[doc(hidden)]
    const FIELDS: &'static [&'static str];

    /// Reads one row, field by field.
    #[doc(hidden)]
    fn read(row: &mut Decoder<'_>) -> Result<Self, DecodeError>;
}

/// Declares a struct of the program's own that rows are read as.
///
/// A row of a selection becomes one by [`read_as`](crate::query::AsRows::read_as), value by value in the order of the
/// fields, which the compiler checks. A row of SQL of one's own becomes one by the names of its columns, which must be
/// those of the fields, all of them and no others; they are checked against the first row.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{Result, prelude::*};
/// ormgen_runtime::row! {
///     /// How many customers a city has.
///     #[derive(Debug, PartialEq)]
///     pub struct PerCity {
///         pub city: Option<String>,
///         pub customers: i64,
///     }
/// }
///
/// # async fn example(dbs: &Databases) -> Result<()> {
/// let cities: Vec<PerCity> =
///     Crm::sql("SELECT count(*) AS customers, city FROM customers GROUP BY city").all(dbs).await?;
/// # let _ = cities;
/// # Ok(())
/// # }
/// ```
///
/// An `Option` is a value that may be NULL. What stands before the struct and its fields (derives, docs) is kept. A field
/// named as no column can be (`r#type` for `type`) goes by its name without the `r#`.
#[macro_export]
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $ty:ty),+ $(,)?
    }) => {
        $(#[$meta])*
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $ty,)+
        }

        impl $crate::query::NamedRow for $name {
            const NAME: &'static str = stringify!($name);
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),+];

            fn read(
                row: &mut $crate::generated::Decoder<'_>,
            ) -> ::std::result::Result<Self, $crate::generated::DecodeError> {
                Ok(Self { $($field: row.get()?),+ })
            }
        }

        $crate::row!(@from $name $($field $ty),+);
    };
    // A tuple of one is a value in a selection.
    (@from $name:ident $field:ident $ty:ty) => {
        impl From<$ty> for $name {
            fn from($field: $ty) -> Self {
                Self { $field }
            }
        }
    };
    (@from $name:ident $($field:ident $ty:ty),+) => {
        impl From<($($ty,)+)> for $name {
            fn from(($($field,)+): ($($ty,)+)) -> Self {
                Self { $($field),+ }
            }
        }
    };
}
