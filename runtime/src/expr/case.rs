//! `CASE`, and SQL of the caller's own.

use postgres_types::ToSql;

use super::{Expr, Expression, Filter, IntoFilter, Operand};
use crate::{
    model::{Kind, NotNull, Nullable},
    sql::Parts,
};

/// `CASE` with its first condition: `when(Customer::VISITS.gt(10), 2).otherwise(1)`.
///
/// A text is given as a `String`: of a `&str` it is not known what column type it is for.
pub fn when<M, T, V: Operand<M, T>>(condition: impl IntoFilter<M>, value: V) -> Case<M, T, V::Kind> {
    Case { branches: Expr::new(branch(Parts::default().text("CASE"), condition, value)) }
}

/// A `CASE` without its end.
#[derive(Debug)]
#[must_use = "a CASE ends with `otherwise` or `end`"]
pub struct Case<M, T, K = NotNull> {
    branches: Expr<M, T, K>,
}

impl<M, T, K: Kind> Case<M, T, K> {
    /// One more condition; the first that holds decides.
    pub fn when<V>(self, condition: impl IntoFilter<M>, value: V) -> Case<M, T, K::Or<V::Kind>>
    where
        V: Operand<M, T>,
    {
        Case { branches: Expr::new(branch(self.branches.parts, condition, value)) }
    }

    /// The value where no condition holds. All of it may be NULL where one of its values may.
    pub fn otherwise<V: Operand<M, T>>(self, value: V) -> Expr<M, T, K::Or<V::Kind>> {
        Expr::new(self.branches.parts.text(" ELSE ").then(value.into_branch()).text(" END").between("(", ")"))
    }

    /// NULL where no condition holds.
    pub fn end(self) -> Expr<M, T, Nullable> {
        Expr::new(self.branches.parts.text(" END").between("(", ")"))
    }
}

fn branch<M, T>(before: Parts, condition: impl IntoFilter<M>, value: impl Operand<M, T>) -> Parts {
    before.text(" WHEN ").then(condition.into_filter().parts).text(" THEN ").then(value.into_branch())
}

/// SQL of the caller's own, piece by piece: text that is known when the program is compiled, columns, values.
///
/// `sql("similarity(").column(Customer::NAME).text(", ").value("Ada").text(") > 0.4").filter()`
///
/// Nothing that comes from outside can be text of it: text is `&'static str`, everything else is a value.
pub fn sql<M>(text: &'static str) -> Sql<M> {
    Sql { parts: Expr::new(Parts::default().own_text(text)) }
}

/// SQL of the caller's own.
#[derive(Debug)]
#[must_use = "end it with `filter` or `expression`"]
pub struct Sql<M> {
    parts: Expr<M, (), Nullable>,
}

impl<M> Sql<M> {
    /// More text.
    pub fn text(self, text: &'static str) -> Self {
        Self { parts: Expr::new(self.parts.parts.own_text(text)) }
    }

    /// A column, or an expression.
    pub fn column(self, column: impl Expression<M>) -> Self {
        Self { parts: Expr::new(self.parts.parts.then(column.into_parts())) }
    }

    /// A value: it becomes `$n`.
    pub fn value(self, value: impl ToSql + Sync + Send + 'static) -> Self {
        Self { parts: Expr::new(self.parts.parts.then(Parts::value(value))) }
    }

    /// All of it as a condition.
    pub fn filter(self) -> Filter<M> {
        Filter::new(self.parts.parts.between("(", ")"))
    }

    /// All of it as an expression of type `T`, which the caller answers for.
    pub fn expression<T, K: Kind>(self) -> Expr<M, T, K> {
        Expr::new(self.parts.parts.between("(", ")"))
    }
}
