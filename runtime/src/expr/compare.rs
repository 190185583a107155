//! The comparisons that an expression offers.

use postgres_types::ToSql;

use super::{Expression, Filter, Operand};
use crate::sql::Parts;

/// Comparisons of columns and expressions.
#[allow(
    clippy::wrong_self_convention,
    reason = "SQL's own names; an expression is used up by what it is part of"
)]
pub trait Comparable<M>: Expression<M> {
    /// `=`
    fn eq(self, right: impl Operand<M, Self::Value>) -> Filter<M> {
        infix(self, " = ", right.into_operand())
    }

    /// `<>`
    fn ne(self, right: impl Operand<M, Self::Value>) -> Filter<M> {
        infix(self, " <> ", right.into_operand())
    }

    /// `<`
    fn lt(self, right: impl Operand<M, Self::Value>) -> Filter<M> {
        infix(self, " < ", right.into_operand())
    }

    /// `<=`
    fn lte(self, right: impl Operand<M, Self::Value>) -> Filter<M> {
        infix(self, " <= ", right.into_operand())
    }

    /// `>`
    fn gt(self, right: impl Operand<M, Self::Value>) -> Filter<M> {
        infix(self, " > ", right.into_operand())
    }

    /// `>=`
    fn gte(self, right: impl Operand<M, Self::Value>) -> Filter<M> {
        infix(self, " >= ", right.into_operand())
    }

    /// `BETWEEN low AND high`, both included.
    fn between(self, low: impl Operand<M, Self::Value>, high: impl Operand<M, Self::Value>) -> Filter<M> {
        infix(self, " BETWEEN ", low.into_operand().text(" AND ").then(high.into_operand()))
    }

    /// Equals one of `values`; none of them, none matches. One statement whatever their number.
    fn is_in(self, values: impl IntoIterator<Item = Self::Value>) -> Filter<M>
    where
        Self::Value: ToSql + Sync + Send + 'static,
    {
        let values: Vec<_> = values.into_iter().collect();
        infix(self, " = ANY(", Parts::value(values).text(")"))
    }

    /// Equals none of `values`.
    fn not_in(self, values: impl IntoIterator<Item = Self::Value>) -> Filter<M>
    where
        Self::Value: ToSql + Sync + Send + 'static,
    {
        let values: Vec<_> = values.into_iter().collect();
        infix(self, " <> ALL(", Parts::value(values).text(")"))
    }

    /// `IS NULL`
    fn is_null(self) -> Filter<M> {
        Filter::new(self.into_parts().text(" IS NULL").between("(", ")"))
    }

    /// `IS NOT NULL`
    fn is_not_null(self) -> Filter<M> {
        Filter::new(self.into_parts().text(" IS NOT NULL").between("(", ")"))
    }
}

impl<M, E: Expression<M>> Comparable<M> for E {}

/// Text, which patterns are for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no text",
    label = "only text is searched, or matched against a pattern"
)]
pub trait Text {}

impl Text for String {}

/// Comparisons of text.
pub trait TextComparable<M>: Expression<M> {
    /// `LIKE`: `%` stands for any text, `_` for any character.
    fn like(self, pattern: impl Operand<M, String>) -> Filter<M>
    where
        Self::Value: Text,
    {
        infix(self, " LIKE ", pattern.into_operand())
    }

    /// `ILIKE`: as [`like`](Self::like), upper and lower case alike.
    fn ilike(self, pattern: impl Operand<M, String>) -> Filter<M>
    where
        Self::Value: Text,
    {
        infix(self, " ILIKE ", pattern.into_operand())
    }

    /// Holds `text` somewhere. `%` and `_` in it stand for themselves.
    fn contains(self, text: &str) -> Filter<M>
    where
        Self::Value: Text,
    {
        infix(self, " LIKE ", Parts::value(format!("%{}%", escaped(text))))
    }

    /// Begins with `text`. `%` and `_` in it stand for themselves.
    fn starts_with(self, text: &str) -> Filter<M>
    where
        Self::Value: Text,
    {
        infix(self, " LIKE ", Parts::value(format!("{}%", escaped(text))))
    }

    /// Equals `text`, upper and lower case alike.
    fn eq_ignore_case(self, text: &str) -> Filter<M> {
        let left = self.into_parts().between("lower(", ")");
        let right = Parts::value(text.to_owned()).between("lower(", ")");
        Filter::new(left.text(" = ").then(right).between("(", ")"))
    }

    /// Holds `text` somewhere, upper and lower case alike. `%` and `_` in it stand for themselves.
    fn contains_ignore_case(self, text: &str) -> Filter<M> {
        infix(self, " ILIKE ", Parts::value(format!("%{}%", escaped(text))))
    }

    /// Begins with `text`, upper and lower case alike. `%` and `_` in it stand for themselves.
    fn starts_with_ignore_case(self, text: &str) -> Filter<M> {
        infix(self, " ILIKE ", Parts::value(format!("{}%", escaped(text))))
    }

    /// Ends with `text`, upper and lower case alike. `%` and `_` in it stand for themselves.
    fn ends_with_ignore_case(self, text: &str) -> Filter<M> {
        infix(self, " ILIKE ", Parts::value(format!("%{}", escaped(text))))
    }

    /// `~`: matches a POSIX regular expression
    /// (<https://www.postgresql.org/docs/current/functions-matching.html#FUNCTIONS-POSIX-REGEXP>).
    fn matches(self, pattern: impl Operand<M, String>) -> Filter<M> {
        infix(self, " ~ ", pattern.into_operand())
    }

    /// `~*`: as [`matches`](Self::matches), upper and lower case alike.
    fn matches_ignore_case(self, pattern: impl Operand<M, String>) -> Filter<M> {
        infix(self, " ~* ", pattern.into_operand())
    }

    /// Ends with `text`. `%` and `_` in it stand for themselves.
    fn ends_with(self, text: &str) -> Filter<M>
    where
        Self::Value: Text,
    {
        infix(self, " LIKE ", Parts::value(format!("%{}", escaped(text))))
    }
}

impl<M, E: Expression<M>> TextComparable<M> for E {}

pub(super) fn infix<M>(left: impl Expression<M>, operator: &'static str, right: Parts) -> Filter<M> {
    Filter::new(left.into_parts().text(operator).then(right).between("(", ")"))
}

/// Text in which LIKE finds no wildcard. Backslash is its escape character unless a query says otherwise
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
