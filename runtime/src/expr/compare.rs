//! The comparisons that an expression offers.

use super::{
    Anywhere, Expression, Filter, IntoValue, Operand, OperandOrNull, Place, SqlValue,
    typed::{self, ALL, ANY, beside, beside_list, equal_sides, of_itself, ordered_sides, sides},
    values,
};
use crate::sql::Parts;

/// The places in which an expression can stand with `R` beside it.
type BesideNull<M, P, T, R, How> =
    <P as Place>::With<<<R as OperandOrNull<M, T, How>>::Operand as Operand<M, T>>::Place>;

/// Comparisons of columns and expressions.
#[allow(
    clippy::wrong_self_convention,
    reason = "SQL's own names; an expression is used up by what it is part of"
)]
pub trait Comparable<M, P: Place = Anywhere>: Expression<M, P> {
    /// `=`
    fn eq<R: Operand<M, Self::Value>>(self, right: R) -> Filter<M, P::With<R::Place>> {
        told_apart(self, " = ", right)
    }

    /// `<>`. As in SQL, a row whose value is NULL is left out; see [`is_distinct_from`](Self::is_distinct_from).
    fn ne<R: Operand<M, Self::Value>>(self, right: R) -> Filter<M, P::With<R::Place>> {
        told_apart(self, " <> ", right)
    }

    /// `<`
    fn lt<R: Operand<M, Self::Value>>(self, right: R) -> Filter<M, P::With<R::Place>> {
        ordered(self, " < ", right)
    }

    /// `<=`
    fn lte<R: Operand<M, Self::Value>>(self, right: R) -> Filter<M, P::With<R::Place>> {
        ordered(self, " <= ", right)
    }

    /// `>`
    fn gt<R: Operand<M, Self::Value>>(self, right: R) -> Filter<M, P::With<R::Place>> {
        ordered(self, " > ", right)
    }

    /// `>=`
    fn gte<R: Operand<M, Self::Value>>(self, right: R) -> Filter<M, P::With<R::Place>> {
        ordered(self, " >= ", right)
    }

    /// `BETWEEN low AND high`, both included.
    fn between<L: Operand<M, Self::Value>, H: Operand<M, Self::Value>>(
        self,
        low: L,
        high: H,
    ) -> Filter<M, <P::With<L::Place> as Place>::With<H::Place>> {
        let sql_type = self.sql_type();
        let low = typed::ordered(beside(sql_type, low), sql_type, L::IS_VALUE);
        let high = typed::ordered(beside(sql_type, high), sql_type, H::IS_VALUE);
        let this = typed::ordered(of_itself(self), sql_type, false);
        Filter::new(this.text(" BETWEEN ").then(low).text(" AND ").then(high).between("(", ")"))
    }

    /// Equals one of the values in `list`; an empty list matches no row. The SQL is the same whatever their number.
    ///
    /// The values may be references, and `&str` for a `String`: `SKU.is_in(["A-1", "B-2"])`, `ID.is_in(&ids)`. An `Option`
    /// of one value is a list of at most one, as in all of Rust: `None` matches no row.
    fn is_in(self, list: impl IntoIterator<Item: IntoValue<Self::Value>>) -> Filter<M, P>
    where
        Self::Value: SqlValue,
    {
        Filter::new(beside_list(self, values(list), &ANY))
    }

    /// Equals none of the values in `list`; a row whose own value is NULL is left out, unless the list is empty.
    fn not_in(self, list: impl IntoIterator<Item: IntoValue<Self::Value>>) -> Filter<M, P>
    where
        Self::Value: SqlValue,
    {
        Filter::new(beside_list(self, values(list), &ALL))
    }

    /// `IS DISTINCT FROM`: as [`ne`](Self::ne), and NULL differs from every value but not from NULL. The `None` of an
    /// `Option` is NULL.
    fn is_distinct_from<R, How>(self, right: R) -> Filter<M, BesideNull<M, P, Self::Value, R, How>>
    where
        R: OperandOrNull<M, Self::Value, How>,
    {
        told_apart(self, " IS DISTINCT FROM ", right.or_null())
    }

    /// `IS NOT DISTINCT FROM`: as [`eq`](Self::eq), and NULL equals NULL. The `None` of an `Option` is NULL:
    /// `Customer::CITY.is_not_distinct_from(city)` finds those without a city if `city` is `None`.
    fn is_not_distinct_from<R, How>(self, right: R) -> Filter<M, BesideNull<M, P, Self::Value, R, How>>
    where
        R: OperandOrNull<M, Self::Value, How>,
    {
        told_apart(self, " IS NOT DISTINCT FROM ", right.or_null())
    }

    /// `IS NULL`: the value read would be `None`. A composite value some or all of whose fields are NULL is a value.
    fn is_null(self) -> Filter<M, P> {
        let test = self.sql_type().is_null();
        Filter::new(self.into_parts().text(test).between("(", ")"))
    }

    /// `IS NOT NULL`: the value read would be `Some`.
    fn is_not_null(self) -> Filter<M, P> {
        let test = self.sql_type().is_not_null();
        Filter::new(self.into_parts().text(test).between("(", ")"))
    }
}

impl<M, P: Place, E: Expression<M, P>> Comparable<M, P> for E {}

/// A type of text, which can be matched against patterns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no text",
    label = "only text is searched, or matched against a pattern",
    note = "an array has `.has(…)` for one value, `.has_any([…])` and `.has_all([…])` for several",
    note = "a range has `.includes(…)` for a value, `.covers(…)` and `.overlaps(…)` for a range",
    note = "a `jsonb` has `.has_key(…)`, `.json_contains(json!({{ … }}))`, and the text at a key: `.text_at([\"color\"]).contains(…)`",
    note = "the text of any other value is searched by `.cast_to::<String>()`"
)]
pub trait Text {}

impl Text for String {}

/// Comparisons of text.
///
/// Spaces fill up the value of a `char(n)`, and it is read with them. To `eq`, `eq_ignore_case`, `is_in`, `ends_with` and
/// `ends_with_ignore_case`, as to the server's `=`, the spaces at its end mean nothing. All others see them: PostgreSQL's
/// patterns do (<https://www.postgresql.org/docs/current/datatype-character.html>), so a `like("%b")` finds no `b` in a
/// `char(5)`. Of a `CODE.cast_to::<String>()` none sees them.
pub trait TextComparable<M, P: Place = Anywhere>: Expression<M, P> {
    /// `LIKE`: `%` stands for any text, `_` for any character.
    fn like<R: Operand<M, String>>(self, pattern: R) -> Filter<M, P::With<R::Place>>
    where
        Self::Value: Text,
    {
        infix(self, " LIKE ", pattern.into_operand())
    }

    /// `ILIKE`: as [`like`](Self::like), upper and lower case alike.
    fn ilike<R: Operand<M, String>>(self, pattern: R) -> Filter<M, P::With<R::Place>>
    where
        Self::Value: Text,
    {
        infix(self, " ILIKE ", pattern.into_operand())
    }

    /// Contains `text`. `%` and `_` in it stand for themselves.
    fn contains(self, text: impl AsRef<str>) -> Filter<M, P>
    where
        Self::Value: Text,
    {
        infix(self, " LIKE ", Parts::value(format!("%{}%", escaped(text.as_ref()))))
    }

    /// Begins with `text`. `%` and `_` in it stand for themselves.
    fn starts_with(self, text: impl AsRef<str>) -> Filter<M, P>
    where
        Self::Value: Text,
    {
        infix(self, " LIKE ", Parts::value(format!("{}%", escaped(text.as_ref()))))
    }

    /// Equals `text`, upper and lower case alike.
    fn eq_ignore_case(self, text: impl AsRef<str>) -> Filter<M, P>
    where
        Self::Value: Text,
    {
        let text = unpadded(text.as_ref(), self.sql_type().is_padded()).to_owned();
        let left = self.into_parts().between("lower(", ")");
        let right = Parts::value(text).between("lower(", ")");
        Filter::new(left.text(" = ").then(right).between("(", ")"))
    }

    /// Contains `text`, upper and lower case alike. `%` and `_` in it stand for themselves.
    fn contains_ignore_case(self, text: impl AsRef<str>) -> Filter<M, P>
    where
        Self::Value: Text,
    {
        infix(self, " ILIKE ", Parts::value(format!("%{}%", escaped(text.as_ref()))))
    }

    /// Begins with `text`, upper and lower case alike. `%` and `_` in it stand for themselves.
    fn starts_with_ignore_case(self, text: impl AsRef<str>) -> Filter<M, P>
    where
        Self::Value: Text,
    {
        infix(self, " ILIKE ", Parts::value(format!("{}%", escaped(text.as_ref()))))
    }

    /// Ends with `text`, upper and lower case alike. `%` and `_` in it stand for themselves.
    fn ends_with_ignore_case(self, text: impl AsRef<str>) -> Filter<M, P>
    where
        Self::Value: Text,
    {
        ends(self, " ILIKE ", text.as_ref())
    }

    /// `~`: matches a POSIX regular expression
    /// (<https://www.postgresql.org/docs/current/functions-matching.html#FUNCTIONS-POSIX-REGEXP>).
    fn matches<R: Operand<M, String>>(self, pattern: R) -> Filter<M, P::With<R::Place>>
    where
        Self::Value: Text,
    {
        infix(self, " ~ ", pattern.into_operand())
    }

    /// `~*`: as [`matches`](Self::matches), upper and lower case alike.
    fn matches_ignore_case<R: Operand<M, String>>(self, pattern: R) -> Filter<M, P::With<R::Place>>
    where
        Self::Value: Text,
    {
        infix(self, " ~* ", pattern.into_operand())
    }

    /// Ends with `text`. `%` and `_` in it stand for themselves.
    fn ends_with(self, text: impl AsRef<str>) -> Filter<M, P>
    where
        Self::Value: Text,
    {
        ends(self, " LIKE ", text.as_ref())
    }
}

impl<M, P: Place, E: Expression<M, P>> TextComparable<M, P> for E {}

/// An operator between its two sides.
fn between<M, Q: Place>(operator: &'static str, (left, right): (Parts, Parts)) -> Filter<M, Q> {
    Filter::new(left.text(operator).then(right).between("(", ")"))
}

/// The expression and the operand with an operator between them.
pub(super) fn compared<M, P: Place, Q: Place, E, R>(left: E, operator: &'static str, right: R) -> Filter<M, Q>
where
    E: Expression<M, P>,
    R: Operand<M, E::Value>,
{
    between(operator, sides(left, right))
}

/// As [`compared`], by an operator that tells equal values from others.
pub(super) fn told_apart<M, P: Place, Q: Place, E, R>(
    left: E,
    operator: &'static str,
    right: R,
) -> Filter<M, Q>
where
    E: Expression<M, P>,
    R: Operand<M, E::Value>,
{
    between(operator, equal_sides(left, right))
}

/// As [`compared`], by an operator that knows which value is the smaller one.
pub(super) fn ordered<M, P: Place, Q: Place, E, R>(left: E, operator: &'static str, right: R) -> Filter<M, Q>
where
    E: Expression<M, P>,
    R: Operand<M, E::Value>,
{
    between(operator, ordered_sides(left, right))
}

pub(super) fn infix<M, P: Place, Q: Place>(
    left: impl Expression<M, P>,
    operator: &'static str,
    right: Parts,
) -> Filter<M, Q> {
    Filter::new(left.into_parts().text(operator).then(right).between("(", ")"))
}

/// The condition that a text ends with `text`, without the spaces that fill up a `char(n)`.
fn ends<M, P: Place>(left: impl Expression<M, P>, operator: &'static str, text: &str) -> Filter<M, P> {
    let end = escaped(unpadded(text, left.sql_type().is_padded()));
    Filter::new(left.into_unpadded().text(operator).then(Parts::value(format!("%{end}"))).between("(", ")"))
}

fn unpadded(text: &str, is_padded: bool) -> &str {
    if is_padded { text.trim_end_matches(' ') } else { text }
}

/// The text with the wildcards of LIKE escaped. Backslash is its escape character unless a query says otherwise
/// (<https://www.postgresql.org/docs/current/functions-matching.html#FUNCTIONS-LIKE>).
fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
}

#[cfg(test)]
mod tests {
    #[test]
    fn wildcards_in_text_are_escaped() {
        for (text, expected) in [("a", "a"), ("50%", r"50\%"), ("a_b", r"a\_b"), (r"c:\x", r"c:\\x")] {
            assert_eq!(super::escaped(text), expected);
        }
    }
}
