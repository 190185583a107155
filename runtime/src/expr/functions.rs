//! SQL's functions, typed.

use super::{Expr, Expression, Operand, Parts};
use crate::column::{Kind, NotNull, Nullable};
#[cfg(feature = "decimal")]
use crate::types;

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
