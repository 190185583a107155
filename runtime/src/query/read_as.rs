//! Queries whose rows are read as a struct of the program.

use super::reads::Reads;
use crate::{
    error::Result,
    model::{DecodeError, Decoder},
    sql::{Intent, SqlWriter},
};

/// A query whose rows are read as `R`.
#[derive(Clone, Debug)]
#[must_use = "a query does nothing until it is run: `.all(&dbs).await`"]
pub struct ReadAs<Q: Reads, R> {
    query: Q,
    // Kept here, so that a row that is no `R` is an error where it is read as one, and not once more where it runs.
    convert: fn(Q::Row) -> R,
}

/// Reads the rows of a query as a type of the program. In scope through the [prelude](crate::prelude).
pub trait AsRows: Reads + Sized {
    /// The same query, with each row converted into an `R`. [`row!`](crate::row) declares a struct into which the rows
    /// of a selection convert, field by field:
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
    fn read_as<R: FromSelected<Self::Row>>(self) -> ReadAs<Self, R> {
        ReadAs { query: self, convert: R::from_selected }
    }
}

impl<Q: Reads> AsRows for Q {}

impl<Q: Reads, R: Send> Reads for ReadAs<Q, R> {
    type Model = Q::Model;
    type Row = R;
    type Scope = Q::Scope;

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.query.write(sql);
    }

    fn write_ones<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.query.write_ones(sql);
    }

    fn intent(&self) -> Intent {
        self.query.intent()
    }

    fn why_not_told_apart(&self) -> Option<&'static str> {
        self.query.why_not_told_apart()
    }

    fn decoder(&self) -> impl Fn(&mut Decoder<'_>) -> Result<R, DecodeError> + Send + Sync + use<Q, R> {
        let (decode, convert) = (self.query.decoder(), self.convert);
        move |row| decode(row).map(convert)
    }

    fn at_most(&mut self, rows: i64) {
        self.query.at_most(rows);
    }
}

/// A type into which a row of a selection converts: the value itself of a selection of one, a tuple of others.
/// [`row!`](crate::row) implements it for the struct that it declares.
#[diagnostic::on_unimplemented(
    message = "a selected row of `{V}` is no `{Self}`",
    label = "its fields are not of these types, in this order",
    note = "the values go into the fields of the struct in their order: select them so, each of its field's type, which is an \
            `Option` where the value may be NULL",
    note = "the struct is declared within `ormgen_runtime::row! {{ … }}`"
)]
pub trait FromSelected<V>: Sized + Send {
    /// Converts the values of a row.
    fn from_selected(values: V) -> Self;
}

/// A struct that [`row!`](crate::row) declares.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row",
    label = "expected a struct that `ormgen_runtime::row! {{ … }}` declares"
)]
pub trait NamedRow: Sized + Send {
    /// The struct's name.
    #[doc(hidden)]
    const NAME: &'static str;
    /// The names of the struct's fields, in their order.
    #[doc(hidden)]
    const FIELDS: &'static [&'static str];

    /// Reads one row, field by field.
    #[doc(hidden)]
    fn read(row: &mut Decoder<'_>) -> Result<Self, DecodeError>;
}
