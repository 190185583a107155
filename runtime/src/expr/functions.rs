//! SQL's functions, typed.

use super::{Expr, Expression, Operand};
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
