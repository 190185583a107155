//! SQL's functions, typed.

use super::{
    Expr, Expression, Number, Operand, Place, ValueOf,
    typed::{cast, sides, sorted_sides, told, told_value},
};
use crate::{
    model::{Kind, NotNull, Nullable},
    sql::{Parts, SqlType, Told},
    types::Range,
};

/// The call of a function, whose name comes with its opening parenthesis.
fn call(function: &'static str, arguments: Parts) -> Parts {
    arguments.between(function, ")")
}

/// The call of a function of two values of one SQL type, which the result has too.
fn of_both<M, P: Place, K: Kind, V>(
    function: &'static str,
    sql_type: SqlType,
    (one, other): (Parts, Parts),
) -> Expr<M, V, K, P> {
    Expr::typed(call(function, one.text(", ").then(other)), sql_type)
}

/// Text in lower case.
pub fn lower<M, P: Place, E: Expression<M, P, Value = String>>(text: E) -> Expr<M, String, E::Kind, P> {
    Expr::new(call("lower(", text.into_parts()))
}

/// Text in upper case.
pub fn upper<M, P: Place, E: Expression<M, P, Value = String>>(text: E) -> Expr<M, String, E::Kind, P> {
    Expr::new(call("upper(", text.into_parts()))
}

/// The lower bound of a range: NULL if the range is empty or has none.
pub fn lower_bound<M, P: Place, T, E>(range: E) -> Expr<M, T, Nullable, P>
where
    E: Expression<M, P, Value = Range<T>>,
{
    Expr::new(call("lower(", range.into_parts()))
}

/// The upper bound of a range: NULL if the range is empty or has none.
pub fn upper_bound<M, P: Place, T, E>(range: E) -> Expr<M, T, Nullable, P>
where
    E: Expression<M, P, Value = Range<T>>,
{
    Expr::new(call("upper(", range.into_parts()))
}

/// Text without spaces at its ends.
pub fn trim<M, P: Place, E: Expression<M, P, Value = String>>(text: E) -> Expr<M, String, E::Kind, P> {
    Expr::new(call("trim(", text.into_parts()))
}

/// How many characters a text has.
pub fn length<M, P: Place, E: Expression<M, P, Value = String>>(text: E) -> Expr<M, i32, E::Kind, P> {
    Expr::new(call("length(", text.into_parts()))
}

/// Both texts, one after the other; NULL where either is. Each is a column, an expression or a text of the program's:
/// `concat(concat(Person::FIRST, " "), Person::LAST)` puts three together.
pub fn concat<M, A, B>(
    first: A,
    second: B,
) -> Expr<M, String, <A::Kind as Kind>::Or<B::Kind>, <A::Place as Place>::With<B::Place>>
where
    A: Operand<M, String, Value = String>,
    B: Operand<M, String>,
{
    let first = cast(first.into_operand(), A::IS_VALUE.then_some("text"));
    Expr::new(first.text(" || ").then(second.into_operand()).between("(", ")"))
}

/// The expression, or `default` where it is NULL; NULL where both are.
pub fn coalesce<M, P: Place, E, D>(
    value: E,
    default: D,
) -> Expr<M, E::Value, <E::Kind as Kind>::And<D::Kind>, P::With<D::Place>>
where
    E: Expression<M, P>,
    D: ValueOf<M, E::Value>,
{
    of_both("coalesce(", value.sql_type(), sides(value, default))
}

/// The same value, typed as one that may be NULL, for a place that asks for such a type.
pub fn nullable<M, P: Place, E: Expression<M, P>>(value: E) -> Expr<M, E::Value, Nullable, P> {
    let sql_type = value.sql_type();
    Expr::typed(value.into_parts(), sql_type)
}

/// The number without its sign.
pub fn abs<M, P: Place, E: Expression<M, P>>(number: E) -> Expr<M, E::Value, E::Kind, P> {
    Expr::new(call("abs(", number.into_parts()))
}

/// The value, or NULL where it equals `other`.
pub fn nullif<M, P: Place, E: Expression<M, P>, O: ValueOf<M, E::Value>>(
    value: E,
    other: O,
) -> Expr<M, E::Value, Nullable, P::With<O::Place>> {
    let sql_type = value.sql_type();
    if !matches!(sql_type.told(), Told::AsJson | Told::AsText) {
        return of_both("nullif(", sql_type, sides(value, other));
    }
    // `nullif` compares by `=`, which the type does not have, or not with this meaning.
    let (this, other) = sides(value, other);
    let equal = told(this.clone(), sql_type).text(" = ").then(told_value(other, sql_type, O::IS_VALUE));
    Expr::typed(equal.between("(CASE WHEN ", " THEN NULL ELSE ").then(this).text(" END)"), sql_type)
}

/// A random number from 0 to below 1, another one for each row.
pub fn random<M>() -> Expr<M, f64, NotNull> {
    Expr::new(Parts::default().text("random()"))
}

/// The largest whole number that is not larger than `number`.
pub fn floor<M, P: Place, E: Expression<M, P>>(number: E) -> Expr<M, E::Value, E::Kind, P>
where
    E::Value: Fractional,
{
    Expr::new(number.into_parts().between("floor(", E::Value::END))
}

/// The smallest whole number that is not smaller than `number`.
pub fn ceil<M, P: Place, E: Expression<M, P>>(number: E) -> Expr<M, E::Value, E::Kind, P>
where
    E::Value: Fractional,
{
    Expr::new(number.into_parts().between("ceil(", E::Value::END))
}

/// The nearest whole number. Halves of a `numeric` are rounded away from zero, those of a `float8` to the even number.
pub fn round<M, P: Place, E: Expression<M, P>>(number: E) -> Expr<M, E::Value, E::Kind, P>
where
    E::Value: Fractional,
{
    Expr::new(number.into_parts().between("round(", E::Value::END))
}

/// The number rounded to so many digits after the decimal point; halves are rounded away from zero.
#[cfg(feature = "decimal")]
pub fn round_to<M, P: Place, E>(number: E, digits: i32) -> Expr<M, crate::types::Decimal, E::Kind, P>
where
    E: Expression<M, P, Value = crate::types::Decimal>,
{
    let digits = Parts::value(digits).text("::int4");
    Expr::new(call("round(", number.into_parts().text(", ").then(digits)))
}

/// A type of numbers that may have a fraction.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no fraction to round",
    label = "expected a column or expression of `Decimal`, `f64` or `f32`"
)]
pub trait Fractional: Number {
    /// What follows the argument of a function that rounds it, which gives a `float8` of a `float4` as well
    /// (`a_real_is_rounded_to_a_real`).
    #[doc(hidden)]
    const END: &'static str = ")";
}

impl Fractional for f32 {
    const END: &'static str = ")::float4";
}
impl Fractional for f64 {}
impl Fractional for crate::types::Numeric {}
#[cfg(feature = "decimal")]
impl Fractional for crate::types::Decimal {}

/// The larger of the two; where one is NULL, the other one.
pub fn greatest<M, P: Place, E, O>(
    one: E,
    other: O,
) -> Expr<M, E::Value, <E::Kind as Kind>::And<O::Kind>, P::With<O::Place>>
where
    E: Expression<M, P>,
    O: ValueOf<M, E::Value>,
{
    of_both("greatest(", one.sql_type(), sorted_sides(one, other))
}

/// The smaller of the two; where one is NULL, the other one.
pub fn least<M, P: Place, E, O>(
    one: E,
    other: O,
) -> Expr<M, E::Value, <E::Kind as Kind>::And<O::Kind>, P::With<O::Place>>
where
    E: Expression<M, P>,
    O: ValueOf<M, E::Value>,
{
    of_both("least(", one.sql_type(), sorted_sides(one, other))
}

/// The `length` characters of a text that begin at position `from`, which is counted from 1.
pub fn substr<M, P: Place, E: Expression<M, P, Value = String>>(
    text: E,
    from: i32,
    length: i32,
) -> Expr<M, String, E::Kind, P> {
    let from = Parts::value(from).text("::int4, ").then(Parts::value(length).text("::int4"));
    Expr::new(call("substr(", text.into_parts().text(", ").then(from)))
}

/// The first `length` characters of a text.
pub fn left<M, P: Place, E: Expression<M, P, Value = String>>(
    text: E,
    length: i32,
) -> Expr<M, String, E::Kind, P> {
    Expr::new(call("left(", text.into_parts().text(", ").then(Parts::value(length).text("::int4"))))
}

/// The last `length` characters of a text.
pub fn right<M, P: Place, E: Expression<M, P, Value = String>>(
    text: E,
    length: i32,
) -> Expr<M, String, E::Kind, P> {
    Expr::new(call("right(", text.into_parts().text(", ").then(Parts::value(length).text("::int4"))))
}

/// The text with every `what` in it replaced by `by`.
pub fn replace<M, P: Place, E>(
    text: E,
    what: impl Into<String>,
    by: impl Into<String>,
) -> Expr<M, String, E::Kind, P>
where
    E: Expression<M, P, Value = String>,
{
    let texts = Parts::value(what.into()).text("::text, ").then(Parts::value(by.into()).text("::text"));
    Expr::new(call("replace(", text.into_parts().text(", ").then(texts)))
}
