//! Dates and times, and their parts.

use super::{CastTarget, Expr, Expression, Operand, Place};
use crate::{
    model::{Kind, NotNull},
    sql::Parts,
    types,
};

/// The server's time: the same throughout a transaction.
pub fn now<M>() -> Expr<M, types::DateTime<types::Utc>, NotNull> {
    Expr::new(Parts::default().text("now()"))
}

/// The server's date.
pub fn today<M>() -> Expr<M, types::NaiveDate, NotNull> {
    Expr::new(Parts::default().text("current_date"))
}

/// A type of dates, times or intervals, which [`extract`] takes parts of.
pub trait Temporal: CastTarget {}

impl Temporal for types::NaiveDate {}
impl Temporal for types::NaiveTime {}
impl Temporal for types::NaiveDateTime {}
impl Temporal for types::DateTime<types::Utc> {}
impl Temporal for types::Interval {}

/// A part of a date or a time (<https://www.postgresql.org/docs/current/functions-datetime.html>, EXTRACT). A time with
/// zone is taken in the session's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatePart {
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
    /// The day of the week of ISO 8601, from Monday, which is 1, to Sunday, which is 7.
    IsoWeekday,
    /// The year that the week of ISO 8601 belongs to.
    IsoYear,
    /// The day of the year, from 1 to 366.
    YearDay,
    /// The hour, from 0 to 23.
    Hour,
    /// The minute.
    Minute,
    /// The second, without its fraction.
    Second,
    /// Second and fraction, in microseconds.
    Microsecond,
}

impl DatePart {
    /// The SQL before the time. The result is a whole number: a fraction of a second is cut off.
    fn opening(self) -> &'static str {
        match self {
            Self::Year => "trunc(extract(year FROM ",
            Self::Quarter => "trunc(extract(quarter FROM ",
            Self::Month => "trunc(extract(month FROM ",
            Self::Week => "trunc(extract(week FROM ",
            Self::Day => "trunc(extract(day FROM ",
            Self::Weekday => "trunc(extract(dow FROM ",
            Self::IsoWeekday => "trunc(extract(isodow FROM ",
            Self::IsoYear => "trunc(extract(isoyear FROM ",
            Self::YearDay => "trunc(extract(doy FROM ",
            Self::Hour => "trunc(extract(hour FROM ",
            Self::Minute => "trunc(extract(minute FROM ",
            Self::Second => "trunc(extract(second FROM ",
            Self::Microsecond => "trunc(extract(microseconds FROM ",
        }
    }
}

/// What [`extract`] takes out of a date or a time.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a part of a date or a time",
    label = "expected a `DatePart`",
    note = "`extract(DatePart::Year, Order::PLACED_AT)`; the day of the week, `dow` in SQL, is `DatePart::Weekday`"
)]
pub trait IntoDatePart {
    /// The part.
    fn into_part(self) -> DatePart;
}

impl IntoDatePart for DatePart {
    fn into_part(self) -> DatePart {
        self
    }
}

/// A part of a date, a time or an interval, as a number. An interval has no day of the week or of the year: the server
/// refuses those.
pub fn extract<M, P: Place, E>(part: impl IntoDatePart, from: E) -> Expr<M, i32, E::Kind, P>
where
    E: Expression<M, P>,
    E::Value: Temporal,
{
    Expr::new(from.into_parts().between(part.into_part().opening(), "))::int4"))
}

/// The seconds from the beginning of 1970 to a date or a time, or those that an interval lasts, a month being 30 days and a
/// year 365.25: `epoch(Job::ENDED_AT - Job::BEGAN_AT)`.
pub fn epoch<M, P: Place, E>(of: E) -> Expr<M, f64, E::Kind, P>
where
    E: Expression<M, P>,
    E::Value: Temporal,
{
    Expr::new(of.into_parts().between("extract(epoch FROM ", ")::float8"))
}

/// The interval of so many days, to add to a date or a time or to subtract from one: `now() - days(7)`.
///
/// A date with an interval added is a time, as in PostgreSQL, and a date is compared with it as one:
/// `Employee::HIRED_ON.gt(today() - days(30))`. To set a column to a date, add whole days as a number, `today() + 30`, or
/// cast the time: `(today() + months(1)).`[`cast_to`](crate::query::Castable::cast_to)`::<NaiveDate>()`.
pub fn days(days: i32) -> types::Interval {
    types::Interval::new(0, days, 0)
}

/// The interval of so many months, to add to a date or a time or to subtract from one. The day of the month stays, or
/// becomes the last of its month.
pub fn months(months: i32) -> types::Interval {
    types::Interval::new(months, 0, 0)
}

/// The interval of so many seconds, to add to a time or to subtract from one.
pub fn seconds(seconds: i64) -> types::Interval {
    types::Interval::new(0, 0, seconds.saturating_mul(1_000_000))
}

/// The interval of so many minutes, to add to a time or to subtract from one.
pub fn minutes(minutes: i64) -> types::Interval {
    seconds(minutes.saturating_mul(60))
}

/// The interval of so many hours, to add to a time or to subtract from one. A day is not always 24 of them: see [`days`].
pub fn hours(hours: i64) -> types::Interval {
    minutes(hours.saturating_mul(60))
}

/// `date_trunc`: the beginning of the year, month, day, … that a time is in. `part` is one that
/// <https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-TRUNC> names. A time with zone
/// is cut in the session's time zone; for another see [`at_time_zone`].
pub fn date_trunc<M, P: Place, E: Expression<M, P>>(
    part: &'static str,
    time: E,
) -> Expr<M, E::Value, E::Kind, P>
where
    E::Value: PointInTime,
{
    let part = Parts::constant(part).text(", ");
    Expr::new(part.then(time.into_parts()).between("date_trunc(", ")"))
}

/// A type of times on a certain day: a timestamp.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no time of a certain day",
    label = "expected a column or expression of `timestamp` or `timestamptz`",
    note = "a date becomes one by a cast: `cast_to::<NaiveDateTime>()`"
)]
pub trait PointInTime: Temporal {}

impl PointInTime for types::NaiveDateTime {}
impl PointInTime for types::DateTime<types::Utc> {}

/// `AT TIME ZONE`: what the clocks of a time zone show at this time. `zone` is a name such as `Europe/Amsterdam`, or a
/// column of such names.
pub fn at_time_zone<M, P: Place, E, Z>(
    time: E,
    zone: Z,
) -> Expr<M, types::NaiveDateTime, <E::Kind as Kind>::Or<Z::Kind>, P::With<Z::Place>>
where
    E: Expression<M, P, Value = types::DateTime<types::Utc>>,
    Z: Operand<M, String>,
{
    Expr::new(time.into_parts().text(" AT TIME ZONE ").then(zone.into_operand()).between("(", ")"))
}

/// `to_char`: a time as text, in a pattern such as `YYYY-MM`
/// (<https://www.postgresql.org/docs/current/functions-formatting.html>).
pub fn to_char<M, P: Place, E: Expression<M, P>>(
    time: E,
    pattern: &'static str,
) -> Expr<M, String, E::Kind, P>
where
    E::Value: Temporal,
{
    Expr::new(time.into_parts().text(", ").then(Parts::constant(pattern)).between("to_char(", ")"))
}
