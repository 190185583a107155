//! SQL's functions, typed.

use super::{Expr, Expression, Operand, Parts};
use crate::{
    column::{Kind, NotNull, Nullable},
    types,
};

/// `function(expression)`.
fn call(function: &'static str, arguments: Parts) -> Parts {
    arguments.between(function, ")")
}

/// Text in lower case.
pub fn lower<M, E: Expression<M, Value = String>>(text: E) -> Expr<M, String, E::Kind> {
    Expr::new(call("lower(", text.into_parts()))
}

/// Text in upper case.
pub fn upper<M, E: Expression<M, Value = String>>(text: E) -> Expr<M, String, E::Kind> {
    Expr::new(call("upper(", text.into_parts()))
}

/// Text without spaces at its ends.
pub fn trim<M, E: Expression<M, Value = String>>(text: E) -> Expr<M, String, E::Kind> {
    Expr::new(call("trim(", text.into_parts()))
}

/// How many characters a text has.
pub fn length<M, E: Expression<M, Value = String>>(text: E) -> Expr<M, i32, E::Kind> {
    Expr::new(call("length(", text.into_parts()))
}

/// One text after the other.
pub fn concat<M, A, B>(first: A, second: B) -> Expr<M, String, A::Kind>
where
    A: Expression<M, Value = String>,
    B: Operand<M, String>,
{
    Expr::new(first.into_parts().text(" || ").then(second.into_operand()).between("(", ")"))
}

/// The expression, or `default` where it is NULL.
pub fn coalesce<M, E: Expression<M>>(
    value: E,
    default: impl Operand<M, E::Value>,
) -> Expr<M, E::Value, NotNull> {
    Expr::new(call("coalesce(", value.into_parts().text(", ").then(default.into_operand())))
}

/// The number without its sign.
pub fn abs<M, E: Expression<M>>(number: E) -> Expr<M, E::Value, E::Kind> {
    Expr::new(call("abs(", number.into_parts()))
}

/// The server's time: the same throughout a transaction.
#[cfg(feature = "chrono")]
pub fn now<M>() -> Expr<M, types::DateTime<types::Utc>, NotNull> {
    Expr::new(Parts::default().text("now()"))
}

/// The server's date.
#[cfg(feature = "chrono")]
pub fn today<M>() -> Expr<M, types::NaiveDate, NotNull> {
    Expr::new(Parts::default().text("current_date"))
}

/// A date or a time: what parts can be taken of.
#[cfg(feature = "chrono")]
pub trait Temporal {}

#[cfg(feature = "chrono")]
impl Temporal for types::NaiveDate {}
#[cfg(feature = "chrono")]
impl Temporal for types::NaiveTime {}
#[cfg(feature = "chrono")]
impl Temporal for types::NaiveDateTime {}
#[cfg(feature = "chrono")]
impl Temporal for types::DateTime<types::Utc> {}

/// A part of a date or a time (<https://www.postgresql.org/docs/current/functions-datetime.html>, EXTRACT). Of a time
/// with zone it is that of the session's time zone.
#[cfg(feature = "chrono")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The year.
    Year,
    /// The quarter, from 1 to 4.
    Quarter,
    /// The month, from 1 to 12.
    Month,
    /// The week of ISO 8601, from 1 to 53.
    Week,
    /// The day of the month, from 1 to 31.
    Day,
    /// The day of the week, Sunday being 0.
    Weekday,
    /// The hour, from 0 to 23.
    Hour,
    /// The minute.
    Minute,
    /// The second, without its fraction.
    Second,
    /// Second and fraction, in microseconds.
    Microsecond,
}

#[cfg(feature = "chrono")]
impl Field {
    /// A whole number each: a fraction of a second is cut off.
    fn opening(self) -> &'static str {
        match self {
            Self::Year => "trunc(extract(year FROM ",
            Self::Quarter => "trunc(extract(quarter FROM ",
            Self::Month => "trunc(extract(month FROM ",
            Self::Week => "trunc(extract(week FROM ",
            Self::Day => "trunc(extract(day FROM ",
            Self::Weekday => "trunc(extract(dow FROM ",
            Self::Hour => "trunc(extract(hour FROM ",
            Self::Minute => "trunc(extract(minute FROM ",
            Self::Second => "trunc(extract(second FROM ",
            Self::Microsecond => "trunc(extract(microseconds FROM ",
        }
    }
}

/// A part of a date or a time, as a number.
#[cfg(feature = "chrono")]
pub fn extract<M, E>(field: Field, from: E) -> Expr<M, i32, E::Kind>
where
    E: Expression<M>,
    E::Value: Temporal,
{
    Expr::new(from.into_parts().between(field.opening(), "))::int4"))
}

/// An aggregate, or a call whose rows may be none, may be NULL whatever it is made of.
fn aggregate<M, T>(function: &'static str, of: Parts) -> Expr<M, T, Nullable> {
    Expr::new(call(function, of))
}

/// The sum of a column has a type of its own (<https://www.postgresql.org/docs/current/functions-aggregate.html>).
pub trait Summed {
    /// The sum's type.
    type Sum;
    /// The average's type.
    type Average;
}

macro_rules! summed {
    ($($ty:ty => $sum:ty, $average:ty;)*) => {$(
        impl Summed for $ty {
            type Sum = $sum;
            type Average = $average;
        }
    )*};
}

summed! {
    f32 => f32, f64;
    f64 => f64, f64;
}

#[cfg(feature = "decimal")]
summed! {
    i16 => i64, types::Decimal;
    i32 => i64, types::Decimal;
    i64 => types::Decimal, types::Decimal;
    types::Decimal => types::Decimal, types::Decimal;
}

/// The sum of the values that are not NULL; NULL of none.
pub fn sum<M, E>(of: E) -> Expr<M, <E::Value as Summed>::Sum, Nullable>
where
    E: Expression<M>,
    E::Value: Summed,
{
    aggregate("sum(", of.into_parts())
}

/// The average of the values that are not NULL; NULL of none.
pub fn avg<M, E>(of: E) -> Expr<M, <E::Value as Summed>::Average, Nullable>
where
    E: Expression<M>,
    E::Value: Summed,
{
    aggregate("avg(", of.into_parts())
}

/// The smallest value; NULL of none.
pub fn min<M, E: Expression<M>>(of: E) -> Expr<M, E::Value, Nullable> {
    aggregate("min(", of.into_parts())
}

/// The largest value; NULL of none.
pub fn max<M, E: Expression<M>>(of: E) -> Expr<M, E::Value, Nullable> {
    aggregate("max(", of.into_parts())
}

/// How many rows there are.
pub fn count<M>() -> Expr<M, i64, NotNull> {
    Expr::new(Parts::default().text("count(*)"))
}

/// How many values are not NULL.
pub fn count_of<M, E: Expression<M>>(of: E) -> Expr<M, i64, NotNull> {
    Expr::new(call("count(", of.into_parts()))
}

/// How many different values there are, NULL not counted.
pub fn count_distinct<M, E: Expression<M>>(of: E) -> Expr<M, i64, NotNull> {
    Expr::new(call("count(DISTINCT ", of.into_parts()))
}

impl<M, T, K: Kind> Expr<M, T, K> {
    /// An aggregate of the rows alone for which `filter` holds.
    #[must_use]
    pub fn filter(self, filter: impl super::IntoFilter<M>) -> Expr<M, T, K> {
        let filter = filter.into_filter().parts.between(" FILTER (WHERE ", ")");
        Expr::new(self.parts.then(filter))
    }
}
