//! Queries whose rows are read as a struct of the program.

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
    fn read_as<R: From<Self::Row> + Send>(self) -> ReadAs<Self, R> {
        ReadAs { query: self, row: PhantomData }
    }
}

impl<Q: Reads> AsRows for Q {}

impl<Q: Reads, R: From<Q::Row> + Send> Reads for ReadAs<Q, R> {
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
