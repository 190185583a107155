//! Tables of numbers, dates and times in equal steps: every day of a month, whether or not a stored row has that day.

use std::marker::PhantomData;

use postgres_types::FromSqlOwned;

use super::table::{DerivedTable, ONE_NAME, TableOf, TableRows, column, table};
use crate::{
    error::Result,
    expr::SqlValue,
    model::{Column, Database, DecodeError, Decoder, NotNull},
    sql::{Parts, SqlWriter, Subquery, same_subquery},
};

/// Makes tables of values in equal steps, in any database. In scope through the [prelude](crate::prelude).
pub trait Series: Database + Sized {
    /// A table of the values from `first` to `last`, both included, in steps of `step`, together with its column
    /// (<https://www.postgresql.org/docs/current/functions-srf.html>). The server refuses a step of zero.
    ///
    /// ```
    /// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
    /// # use shop::*;
    /// # use ormgen_runtime::{Result, prelude::*};
    /// use ormgen_runtime::functions::{count, outer};
    ///
    /// # async fn example(dbs: &Databases) -> Result<()> {
    /// // How many customers came so often: 0 for a number that nobody has.
    /// let (numbers, number) = Crm::series(0, 10, 1);
    /// let so_often = Customer::query().filter(Customer::VISITS.eq(outer(number))).select(count());
    /// let histogram: Vec<(i32, Option<i64>)> =
    ///     numbers.order_by(number.asc()).select((number, so_often.scalar())).all(dbs).await?;
    /// # let _ = histogram;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Dates and times take an [`Interval`](crate::types::Interval) as step, such as
    /// [`days(1)`](crate::functions::days); for times with time zone, a day is one in the session's time zone.
    fn series<T: InSeries>(first: T, last: T, step: T::Step) -> TableAndColumn<Self, T> {
        let step = Parts::value(step).text("::").text(T::STEP);
        let limit = |value: T| Parts::value(value).text("::").text(T::NAME).text(T::AS_TIME);
        let values = Parts::joined(", ", [limit(first), limit(last), step]);
        (table(GeneratedSeries(values.between("(", "))::").text(T::NAME))), column::<_, T, NotNull, T>(0))
    }
}

/// The table of a series, and its column.
type TableAndColumn<D, T> = (DerivedTable<D, SeriesOf<T>>, Column<TableOf<D, SeriesOf<T>>, T, NotNull>);

impl<D: Database> Series for D {}

/// A type whose values can form a series.
#[diagnostic::on_unimplemented(
    message = "there is no series of `{Self}`",
    label = "expected `i32`, `i64`, or a date or time"
)]
pub trait InSeries: SqlValue + FromSqlOwned {
    /// The type of the step between two values.
    type Step: SqlValue;
    /// The type's name in SQL.
    #[doc(hidden)]
    const NAME: &'static str;
    /// The name of the step's type in SQL.
    #[doc(hidden)]
    const STEP: &'static str;
    /// The cast of a date to the timestamp type that `generate_series` counts in.
    #[doc(hidden)]
    const AS_TIME: &'static str = "";
}

macro_rules! numbers {
    ($($number:ty => $name:literal;)*) => {$(
        impl InSeries for $number {
            type Step = $number;
            const NAME: &'static str = $name;
            const STEP: &'static str = $name;
        }
    )*};
}

numbers! {
    i32 => "int4";
    i64 => "int8";
}

#[cfg(feature = "decimal")]
numbers! {
    crate::types::Decimal => "numeric";
}

#[cfg(feature = "chrono")]
macro_rules! times {
    ($($time:ty => $name:literal, $as_time:literal;)*) => {$(
        impl InSeries for $time {
            type Step = crate::types::Interval;
            const NAME: &'static str = $name;
            const STEP: &'static str = "interval";
            const AS_TIME: &'static str = $as_time;
        }
    )*};
}

#[cfg(feature = "chrono")]
times! {
    crate::types::NaiveDate => "date", "::timestamp";
    crate::types::NaiveDateTime => "timestamp", "";
    crate::types::DateTime<crate::types::Utc> => "timestamptz", "";
}

/// The row of a series: a single value.
#[derive(Debug)]
pub struct SeriesOf<T>(PhantomData<fn() -> T>);

impl<T: InSeries> TableRows for SeriesOf<T> {
    type Row = T;
    const COLUMNS: &'static [&'static str] = ONE_NAME;

    fn decode_row(row: &mut Decoder<'_>) -> Result<T, DecodeError> {
        row.get()
    }
}

/// The arguments of `generate_series` in parentheses, and a cast to the type of its values.
#[derive(PartialEq)]
struct GeneratedSeries(Parts);

impl Subquery for GeneratedSeries {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.0.write(sql.push("SELECT (generate_series"));
    }

    fn is_same(&self, other: &dyn Subquery) -> bool {
        same_subquery(self, other, PartialEq::eq)
    }
}
