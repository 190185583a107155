//! Two types side by side: which of them the server compares with each other, and what it makes of two types of numbers.

use super::{Number, Operand};
use crate::types;

/// A type whose values the server compares with expressions of type `U`: the same type, another type of numbers, a date
/// and a time without zone (<https://www.postgresql.org/docs/current/functions-comparison.html>).
///
/// A date compared with a time is the time at which it begins, and a time with zone is compared with neither: which
/// moment a date begins at depends on a zone.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{U}` cannot stand beside one of type `{Self}`",
    label = "expected an expression of type `{Self}`",
    note = "cast either of them to the type of the other: `.cast_to::<…>()`",
    note = "a time with zone beside a date or a time without one asks for a zone: the clock of a place, \
            `at_time_zone(Order::PLACED_AT, \"Europe/Amsterdam\").gt(today() - days(7))`, or that of the session, \
            `(today() - days(7)).cast_to::<DateTime<Utc>>()`"
)]
pub trait ComparesWith<U> {}

impl<T> ComparesWith<T> for T {}

/// A type of numbers, and the one that the server turns it and `U` into to calculate with both
/// (<https://www.postgresql.org/docs/current/typeconv-oper.html>).
#[diagnostic::on_unimplemented(
    message = "SQL does not calculate with `{Self}` and `{U}`",
    label = "expected an expression of type `{Self}`",
    note = "cast either of them to the type of the other: `.cast_to::<…>()`"
)]
pub trait Promotes<U> {
    /// The type of the result.
    type To;
}

impl<T: Number> Promotes<T> for T {
    type To = T;
}

macro_rules! pairs {
    ($($one:ty, $other:ty;)*) => {$(
        impl ComparesWith<$other> for $one {}
        impl ComparesWith<$one> for $other {}
    )*};
}

#[cfg(feature = "chrono")]
pairs! {
    types::NaiveDate, types::NaiveDateTime;
}

macro_rules! numbers {
    ($($one:ty, $other:ty => $both:ty;)*) => {$(
        pairs! { $one, $other; }

        impl Promotes<$other> for $one {
            type To = $both;
        }

        impl Promotes<$one> for $other {
            type To = $both;
        }
    )*};
}

numbers! {
    i16, i32 => i32;
    i16, i64 => i64;
    i32, i64 => i64;
    i16, f32 => f64;
    i32, f32 => f64;
    i64, f32 => f64;
    i16, f64 => f64;
    i32, f64 => f64;
    i64, f64 => f64;
    f32, f64 => f64;
    i16, types::Numeric => types::Numeric;
    i32, types::Numeric => types::Numeric;
    i64, types::Numeric => types::Numeric;
    f32, types::Numeric => f64;
    f64, types::Numeric => f64;
}

#[cfg(feature = "decimal")]
numbers! {
    i16, types::Decimal => types::Decimal;
    i32, types::Decimal => types::Decimal;
    i64, types::Decimal => types::Decimal;
    f32, types::Decimal => f64;
    f64, types::Decimal => f64;
    types::Decimal, types::Numeric => types::Numeric;
}

/// The type `T` itself.
#[diagnostic::on_unimplemented(
    message = "expected a value of type `{T}`, not one of type `{Self}`",
    label = "expected a value or an expression of type `{T}`",
    note = "an expression of another type is cast: `.cast_to::<…>()`"
)]
pub trait SameAs<T> {}

impl<T> SameAs<T> for T {}

/// An [`Operand`] whose values are of type `T` itself, where one of another type would change the type of the whole:
/// `coalesce(value, default)`.
pub trait ValueOf<M, T>: Operand<M, T> {}

impl<M, T, R: Operand<M, T, Value: SameAs<T>>> ValueOf<M, T> for R {}
