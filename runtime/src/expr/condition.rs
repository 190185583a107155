//! Columns and expressions of type `bool` as conditions.

use super::{Anywhere, Expr, Filter, IntoFilter, Place};
use crate::model::{Column, Kind};

impl<M, K: Kind> Column<M, bool, K> {
    /// The column is true, and the other condition holds: `Customer::ACTIVE.and(Customer::VISITS.gt(3))`.
    pub fn and<Q: Place>(self, other: impl IntoFilter<M, Q>) -> Filter<M, <Anywhere as Place>::With<Q>> {
        self.into_filter().and(other)
    }

    /// The column is true, or the other condition holds.
    pub fn or<Q: Place>(self, other: impl IntoFilter<M, Q>) -> Filter<M, <Anywhere as Place>::With<Q>> {
        self.into_filter().or(other)
    }
}

impl<M, K: Kind, P: Place> Expr<M, bool, K, P> {
    /// The expression is true, and the other condition holds.
    pub fn and<Q: Place>(self, other: impl IntoFilter<M, Q>) -> Filter<M, P::With<Q>> {
        self.into_filter().and(other)
    }

    /// The expression is true, or the other condition holds.
    pub fn or<Q: Place>(self, other: impl IntoFilter<M, Q>) -> Filter<M, P::With<Q>> {
        self.into_filter().or(other)
    }
}
