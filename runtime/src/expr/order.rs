//! The order of rows.

use std::{fmt, marker::PhantomData};

use super::Expression;
use crate::sql::Parts;

/// One term of an `ORDER BY`.
pub struct Order<M> {
    pub(crate) parts: Parts,
    model: PhantomData<fn() -> M>,
}

impl<M> Order<M> {
    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts, model: PhantomData }
    }

    /// NULL before all else.
    #[must_use]
    pub fn nulls_first(self) -> Self {
        Self::new(self.parts.text(" NULLS FIRST"))
    }

    /// NULL after all else.
    #[must_use]
    pub fn nulls_last(self) -> Self {
        Self::new(self.parts.text(" NULLS LAST"))
    }
}

impl<M> fmt::Debug for Order<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Order({:?})", self.parts)
    }
}

/// The two directions of an expression.
pub trait Orderable<M>: Expression<M> {
    /// Smallest first; NULL comes last.
    fn asc(self) -> Order<M> {
        Order::new(self.into_parts().text(" ASC"))
    }

    /// Largest first; NULL comes first.
    fn desc(self) -> Order<M> {
        Order::new(self.into_parts().text(" DESC"))
    }
}

impl<M, E: Expression<M>> Orderable<M> for E {}

/// A selected column by its place, counted from 1, as an order: `position(2).desc()`.
///
/// What has no name can be sorted by so: an expression with values of its own, or the rows of a set operation.
pub fn position(column: u16) -> Position {
    Position(column)
}

/// The place of a selected column, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position(u16);

impl Position {
    /// Smallest first; NULL comes last.
    pub fn asc<M>(self) -> Order<M> {
        Order::new(Parts::position(self.0).text(" ASC"))
    }

    /// Largest first; NULL comes first.
    pub fn desc<M>(self) -> Order<M> {
        Order::new(Parts::position(self.0).text(" DESC"))
    }
}
