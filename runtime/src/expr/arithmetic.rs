//! `+`, `-`, `*`, `/` and `%` of columns and expressions: `Customer::VISITS + 1`. The result is NULL where either side
//! is.

use std::ops;

use super::{Aggregate, Anywhere, Expr, Expression, InHaving, Operand, Place, Promotes};
#[cfg(feature = "chrono")]
use crate::model::NotNull;
use crate::{
    model::{Column, Kind},
    sql::Parts,
    types,
};

/// Marker types for the operators of [`Arithmetic`].
pub mod operators {
    /// An operator.
    pub trait Operator {
        #[doc(hidden)]
        const TEXT: &'static str;
    }

    macro_rules! operators {
        ($($(#[$doc:meta])* $name:ident $text:literal;)*) => {$(
            $(#[$doc])*
            #[derive(Debug)]
            pub enum $name {}

            impl Operator for $name {
                const TEXT: &'static str = $text;
            }
        )*};
    }

    operators! {
        /// `+`
        Add " + ";
        /// `-`
        Sub " - ";
        /// `*`
        Mul " * ";
        /// `/`
        Div " / ";
        /// `%`
        Rem " % ";
    }

    /// An operator that every type of numbers has.
    pub trait OfNumbers: Operator {}

    impl OfNumbers for Add {}
    impl OfNumbers for Sub {}
    impl OfNumbers for Mul {}
    impl OfNumbers for Div {}
}

/// A type of numbers, which `+`, `-`, `*` and `/` take and return. A program may implement it for its own type over a
/// number, and [`Divisible`] for `%`.
#[diagnostic::on_unimplemented(
    message = "SQL cannot calculate with `{Self}`",
    label = "this is no number",
    note = "texts are put together by `concat(…)`, and days or an `Interval` are added to a date",
    note = "a type of your own over a number calculates once it says so: `impl ormgen_runtime::query::Number for {Self} {{}}`"
)]
pub trait Number {}

macro_rules! numbers {
    ($($ty:ty),*) => {$(impl Number for $ty {})*};
}

numbers!(i16, i32, i64, f32, f64, types::Numeric);

#[cfg(feature = "decimal")]
numbers!(types::Decimal);

/// A type of numbers whose division has a remainder, `%`: every one but those of floating point.
#[diagnostic::on_unimplemented(
    message = "SQL has no `%` of `{Self}`",
    label = "a division of floating-point numbers has no remainder",
    note = "cast the numbers: `.cast_to::<Decimal>()`"
)]
pub trait Divisible {}

macro_rules! divisible {
    ($($ty:ty),*) => {$(impl Divisible for $ty {})*};
}

divisible!(i16, i32, i64, types::Numeric);

#[cfg(feature = "decimal")]
divisible!(types::Decimal);

/// The right side of an operator whose left side is of type `T`.
///
/// Numbers calculate with numbers of their own type, and expressions also with those of [other types](Promotes) of
/// numbers. A date minus a date is a number of days, a time minus a time is an
/// [`Interval`](types::Interval), and either can be added
/// (<https://www.postgresql.org/docs/current/functions-datetime.html#OPERATORS-DATETIME-TABLE>).
#[diagnostic::on_unimplemented(
    message = "SQL cannot calculate with `{T}` and `{Self}` in this way",
    label = "expected a number of the same type, or what can be added to a date or a time",
    note = "a number of Rust's becomes the other type by `i64::from(n)`, `i32::try_from(n)?`, `n as f64` or `Decimal::from(n)`",
    note = "texts are put together by `concat(…)`",
    note = "a type of your own over a number calculates with its own kind once it says so: \
            `impl ormgen_runtime::query::Number for Cents {{}}`"
)]
pub trait Arithmetic<M, T, O> {
    /// The type of the result.
    type Value;
    /// Whether the right side may be NULL.
    type Kind: Kind;
    /// The places of a query in which the right side can stand.
    type Place: Place;

    /// The right side's text and values.
    #[doc(hidden)]
    fn into_right(self) -> Parts;
}

impl<M, T, O, R> Arithmetic<M, T, O> for R
where
    T: Number + Promotes<R::Value>,
    O: operators::OfNumbers,
    R: Operand<M, T>,
{
    type Value = T::To;
    type Kind = R::Kind;
    type Place = R::Place;

    fn into_right(self) -> Parts {
        self.into_operand()
    }
}

impl<M, T, R> Arithmetic<M, T, operators::Rem> for R
where
    T: Number + Divisible + Promotes<R::Value, To: Divisible>,
    R: Operand<M, T>,
{
    type Value = T::To;
    type Kind = R::Kind;
    type Place = R::Place;

    fn into_right(self) -> Parts {
        self.into_operand()
    }
}

/// Implements operators for types other than numbers: each line has the left type, the operator, the right type, that
/// type's name in SQL, and the type of the result.
#[cfg(feature = "chrono")]
macro_rules! others {
    ($($left:ty, $operator:ident, $right:ty, $cast:literal => $value:ty;)*) => {$(
        impl<M> Arithmetic<M, $left, operators::$operator> for $right {
            type Value = $value;
            type Kind = NotNull;
            type Place = Anywhere;

            fn into_right(self) -> Parts {
                Parts::value(self).text($cast)
            }
        }

        impl<M, K: Kind> Arithmetic<M, $left, operators::$operator> for Column<M, $right, K> {
            type Value = $value;
            type Kind = K;
            type Place = Anywhere;

            fn into_right(self) -> Parts {
                self.into_parts()
            }
        }

        impl<M, K: Kind, P: Place> Arithmetic<M, $left, operators::$operator> for Expr<M, $right, K, P> {
            type Value = $value;
            type Kind = K;
            type Place = P;

            fn into_right(self) -> Parts {
                self.parts
            }
        }

        impl<M, K: Kind> Arithmetic<M, $left, operators::$operator> for Aggregate<M, $right, K> {
            type Value = $value;
            type Kind = K;
            type Place = InHaving;

            fn into_right(self) -> Parts {
                self.into_parts()
            }
        }
    )*};
}

#[cfg(feature = "chrono")]
others! {
    types::NaiveDate, Sub, types::NaiveDate, "::date" => i32;
    types::NaiveDate, Sub, i32, "::int4" => types::NaiveDate;
    types::NaiveDate, Add, i32, "::int4" => types::NaiveDate;
    types::NaiveDate, Sub, types::Interval, "::interval" => types::NaiveDateTime;
    types::NaiveDate, Add, types::Interval, "::interval" => types::NaiveDateTime;
    types::NaiveDate, Add, types::NaiveTime, "::time" => types::NaiveDateTime;
    types::NaiveDate, Sub, types::NaiveDateTime, "::timestamp" => types::Interval;
    types::NaiveDateTime, Sub, types::NaiveDate, "::date" => types::Interval;
    types::NaiveDateTime, Sub, types::NaiveDateTime, "::timestamp" => types::Interval;
    types::NaiveDateTime, Sub, types::Interval, "::interval" => types::NaiveDateTime;
    types::NaiveDateTime, Add, types::Interval, "::interval" => types::NaiveDateTime;
    types::DateTime<types::Utc>, Sub, types::DateTime<types::Utc>, "::timestamptz" => types::Interval;
    types::DateTime<types::Utc>, Sub, types::Interval, "::interval" => types::DateTime<types::Utc>;
    types::DateTime<types::Utc>, Add, types::Interval, "::interval" => types::DateTime<types::Utc>;
    types::NaiveTime, Sub, types::NaiveTime, "::time" => types::Interval;
    types::NaiveTime, Sub, types::Interval, "::interval" => types::NaiveTime;
    types::NaiveTime, Add, types::Interval, "::interval" => types::NaiveTime;
    types::Interval, Sub, types::Interval, "::interval" => types::Interval;
    types::Interval, Add, types::Interval, "::interval" => types::Interval;
    types::Interval, Mul, f64, "::float8" => types::Interval;
    types::Interval, Mul, i32, "::int4" => types::Interval;
    types::Interval, Mul, i64, "::int8" => types::Interval;
    types::Interval, Div, f64, "::float8" => types::Interval;
    types::Money, Sub, types::Money, "::money" => types::Money;
    types::Money, Add, types::Money, "::money" => types::Money;
    types::Money, Mul, f64, "::float8" => types::Money;
    types::Money, Div, f64, "::float8" => types::Money;
    types::Money, Div, types::Money, "::money" => f64;
}

/// An interval of the program's own as often as a column says: `now() + seconds(30) * Task::ATTEMPTS`.
#[cfg(feature = "chrono")]
macro_rules! scaled {
    ($([$($generics:tt)*] $right:ty, $place:ty;)*) => {$(
        impl<M, T, K: Kind, $($generics)*> ops::Mul<$right> for types::Interval
        where
            $right: Arithmetic<M, types::Interval, operators::Mul>,
        {
            type Output = Expr<M, types::Interval, K, $place>;

            fn mul(self, right: $right) -> Self::Output {
                Expr::new(Parts::value(self).text("::interval * ").then(right.into_right()).between("(", ")"))
            }
        }
    )*};
}

#[cfg(feature = "chrono")]
scaled! {
    [] Column<M, T, K>, Anywhere;
    [P: Place] Expr<M, T, K, P>, P;
}

macro_rules! implement {
    ($operator:ident $method:ident: $([$($generics:tt)*] $left:ty, $place:ty;)*) => {$(
        impl<M, T, K: Kind, R, $($generics)*> ops::$operator<R> for $left
        where
            R: Arithmetic<M, T, operators::$operator>,
        {
            type Output = Expr<M, R::Value, K::Or<R::Kind>, <$place as Place>::With<R::Place>>;

            fn $method(self, right: R) -> Self::Output {
                let operator = <operators::$operator as operators::Operator>::TEXT;
                Expr::new(self.into_parts().text(operator).then(right.into_right()).between("(", ")"))
            }
        }
    )*};
    ($($operator:ident $method:ident),*) => {$(
        implement! {
            $operator $method:
            [] Column<M, T, K>, Anywhere;
            [P: Place] Expr<M, T, K, P>, P;
            [] Aggregate<M, T, K>, InHaving;
        }
    )*};
}

implement!(Add add, Sub sub, Mul mul, Div div, Rem rem);

/// `-Customer::VISITS`.
macro_rules! negate {
    ($([$($generics:tt)*] $operand:ty, $place:ty;)*) => {$(
        impl<M, T: Number, K: Kind, $($generics)*> ops::Neg for $operand {
            type Output = Expr<M, T, K, $place>;

            fn neg(self) -> Self::Output {
                Expr::new(self.into_parts().between("(- ", ")"))
            }
        }
    )*};
}

negate! {
    [] Column<M, T, K>, Anywhere;
    [P: Place] Expr<M, T, K, P>, P;
    [] Aggregate<M, T, K>, InHaving;
}
