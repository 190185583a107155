//! Conditions on rows.

use std::{fmt, marker::PhantomData, ops::Not};

use super::{Expr, Expression};
use crate::{
    model::{Column, Kind},
    sql::Parts,
};

/// A condition on the rows of `M`.
pub struct Filter<M> {
    pub(crate) parts: Parts,
    model: PhantomData<fn() -> M>,
}

impl<M> Filter<M> {
    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts, model: PhantomData }
    }

    /// What was asked for before, if anything, and `more`.
    pub(crate) fn both(before: Option<Self>, more: impl IntoFilter<M>) -> Self {
        match before {
            Some(before) => before.and(more),
            None => more.into_filter(),
        }
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: impl IntoFilter<M>) -> Self {
        self.joined(" AND ", other)
    }

    /// At least one holds.
    #[must_use]
    pub fn or(self, other: impl IntoFilter<M>) -> Self {
        self.joined(" OR ", other)
    }

    fn joined(self, word: &'static str, other: impl IntoFilter<M>) -> Self {
        Self::new(self.parts.text(word).then(other.into_filter().parts).between("(", ")"))
    }
}

/// The condition does not hold. As in SQL, a condition that NULL makes unknown stays unknown.
impl<M> Not for Filter<M> {
    type Output = Self;
    fn not(self) -> Self {
        Self::new(self.parts.between("(NOT ", ")"))
    }
}

/// The condition does not hold: `not(Customer::ACTIVE)`.
pub fn not<M>(filter: impl IntoFilter<M>) -> Filter<M> {
    !filter.into_filter()
}

impl<M> fmt::Debug for Filter<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filter({:?})", self.parts)
    }
}

/// What a query can be filtered by: a [`Filter`], or a column of type `bool`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no condition on `{M}`",
    label = "expected a condition made of `{M}`'s own columns, or such a column of type `bool`",
    note = "a condition on another table goes along a relation: `Order::ITEMS.any(Item::SKU.eq(…))`",
    note = "rows of another database, or of a table without a foreign key, are loaded by a query of their own"
)]
pub trait IntoFilter<M> {
    /// The condition.
    fn into_filter(self) -> Filter<M>;
}

impl<M> IntoFilter<M> for Filter<M> {
    fn into_filter(self) -> Self {
        self
    }
}

impl<M, K: Kind> IntoFilter<M> for Column<M, bool, K> {
    fn into_filter(self) -> Filter<M> {
        Filter::new(self.into_parts())
    }
}

impl<M, K: Kind> IntoFilter<M> for Expr<M, bool, K> {
    fn into_filter(self) -> Filter<M> {
        Filter::new(self.parts)
    }
}
