//! Dates and times, and their parts.

use super::{Expr, Expression};
use crate::{model::NotNull, sql::Parts, types};

/// The server's time: the same throughout a transaction.
pub fn now<M>() -> Expr<M, types::DateTime<types::Utc>, NotNull> {
    Expr::new(Parts::default().text("now()"))
}

/// The server's date.
pub fn today<M>() -> Expr<M, types::NaiveDate, NotNull> {
    Expr::new(Parts::default().text("current_date"))
}

/// A date or a time: what parts can be taken of.
pub trait Temporal {}

impl Temporal for types::NaiveDate {}
impl Temporal for types::NaiveTime {}
impl Temporal for types::NaiveDateTime {}
impl Temporal for types::DateTime<types::Utc> {}

/// A part of a date or a time (<https://www.postgresql.org/docs/current/functions-datetime.html>, EXTRACT). Of a time
/// with zone it is that of the session's time zone.
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
pub fn extract<M, E>(field: Field, from: E) -> Expr<M, i32, E::Kind>
where
    E: Expression<M>,
    E::Value: Temporal,
{
    Expr::new(from.into_parts().between(field.opening(), "))::int4"))
}
