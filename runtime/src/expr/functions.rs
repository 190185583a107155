//! SQL's functions, typed.

use super::{Expr, Expression, Number, Operand};
use crate::{
    model::{Kind, NotNull, Nullable},
    sql::Parts,
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

/// One text after the other; NULL where one of them is.
pub fn concat<M, A, B>(first: A, second: B) -> Expr<M, String, <A::Kind as Kind>::Or<B::Kind>>
where
    A: Expression<M, Value = String>,
    B: Operand<M, String>,
{
    Expr::new(first.into_parts().text(" || ").then(second.into_operand()).between("(", ")"))
}

/// The expression, or `default` where it is NULL; NULL where both are.
pub fn coalesce<M, E, D>(value: E, default: D) -> Expr<M, E::Value, <E::Kind as Kind>::And<D::Kind>>
where
    E: Expression<M>,
    D: Operand<M, E::Value>,
{
    Expr::new(call("coalesce(", value.into_parts().text(", ").then(default.into_operand())))
}

/// The same value, as one that may be NULL: for a place that asks for such a type.
pub fn nullable<M, E: Expression<M>>(value: E) -> Expr<M, E::Value, Nullable> {
    Expr::new(value.into_parts())
}

/// The number without its sign.
pub fn abs<M, E: Expression<M>>(number: E) -> Expr<M, E::Value, E::Kind> {
    Expr::new(call("abs(", number.into_parts()))
}

/// NULL where both are equal.
pub fn nullif<M, E: Expression<M>>(
    value: E,
    other: impl Operand<M, E::Value>,
) -> Expr<M, E::Value, Nullable> {
    Expr::new(call("nullif(", value.into_parts().text(", ").then(other.into_operand())))
}

/// A random number from 0 to below 1, another one for each row.
pub fn random<M>() -> Expr<M, f64, NotNull> {
    Expr::new(Parts::default().text("random()"))
}

/// The largest whole number that is not larger.
pub fn floor<M, E: Expression<M>>(number: E) -> Expr<M, E::Value, E::Kind>
where
    E::Value: Fractional,
{
    Expr::new(call("floor(", number.into_parts()))
}

/// The smallest whole number that is not smaller.
pub fn ceil<M, E: Expression<M>>(number: E) -> Expr<M, E::Value, E::Kind>
where
    E::Value: Fractional,
{
    Expr::new(call("ceil(", number.into_parts()))
}

/// The nearest whole number. Of a `numeric` halves go away from zero, of a `float8` to the even number.
pub fn round<M, E: Expression<M>>(number: E) -> Expr<M, E::Value, E::Kind>
where
    E::Value: Fractional,
{
    Expr::new(call("round(", number.into_parts()))
}

/// The nearest number of so many digits after the point; halves go away from zero.
#[cfg(feature = "decimal")]
pub fn round_to<M, E>(number: E, digits: i32) -> Expr<M, crate::types::Decimal, E::Kind>
where
    E: Expression<M, Value = crate::types::Decimal>,
{
    let digits = Parts::value(digits).text("::int4");
    Expr::new(call("round(", number.into_parts().text(", ").then(digits)))
}

/// A number that may have a fraction.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no fraction to round",
    label = "expected a column or expression of `Decimal`, `f64` or `f32`"
)]
pub trait Fractional: Number {}

impl Fractional for f32 {}
impl Fractional for f64 {}
impl Fractional for crate::types::Numeric {}
#[cfg(feature = "decimal")]
impl Fractional for crate::types::Decimal {}

/// The larger of the two; where one is NULL, the other one.
pub fn greatest<M, E, O>(one: E, other: O) -> Expr<M, E::Value, <E::Kind as Kind>::And<O::Kind>>
where
    E: Expression<M>,
    O: Operand<M, E::Value>,
{
    Expr::new(call("greatest(", one.into_parts().text(", ").then(other.into_operand())))
}

/// The smaller of the two; where one is NULL, the other one.
pub fn least<M, E, O>(one: E, other: O) -> Expr<M, E::Value, <E::Kind as Kind>::And<O::Kind>>
where
    E: Expression<M>,
    O: Operand<M, E::Value>,
{
    Expr::new(call("least(", one.into_parts().text(", ").then(other.into_operand())))
}

/// So many characters of a text from a place on, which is counted from 1.
pub fn substr<M, E: Expression<M, Value = String>>(
    text: E,
    from: i32,
    length: i32,
) -> Expr<M, String, E::Kind> {
    let from = Parts::value(from).text("::int4, ").then(Parts::value(length).text("::int4"));
    Expr::new(call("substr(", text.into_parts().text(", ").then(from)))
}

/// The first characters of a text.
pub fn left<M, E: Expression<M, Value = String>>(text: E, length: i32) -> Expr<M, String, E::Kind> {
    Expr::new(call("left(", text.into_parts().text(", ").then(Parts::value(length).text("::int4"))))
}

/// The last characters of a text.
pub fn right<M, E: Expression<M, Value = String>>(text: E, length: i32) -> Expr<M, String, E::Kind> {
    Expr::new(call("right(", text.into_parts().text(", ").then(Parts::value(length).text("::int4"))))
}

/// A text with every `what` in it replaced by another text.
pub fn replace<M, E>(text: E, what: impl Into<String>, by: impl Into<String>) -> Expr<M, String, E::Kind>
where
    E: Expression<M, Value = String>,
{
    let texts = Parts::value(what.into()).text("::text, ").then(Parts::value(by.into()).text("::text"));
    Expr::new(call("replace(", text.into_parts().text(", ").then(texts)))
}
