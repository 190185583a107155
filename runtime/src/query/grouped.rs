//! Queries whose rows are grouped, before they say what they select of each group.

use std::fmt;

use super::{
    Joining, OfGroupBy, OfGroups, Query, RowCount, Select, Selection,
    grouping::{Grouping, Totals},
    project::to_group,
    table::{SomeOf, Source},
};
use crate::{
    expr::{Expressions, Filter, IntoFilter, IntoOrder, OfRows},
    model::Model,
    sql::Parts,
};

/// A query whose rows are grouped. It goes on with [`select`](Self::select).
#[must_use = "a grouped query goes on with `select`"]
pub struct Grouped<M, S> {
    source: Source<M, S>,
    query: Query<M, S>,
    joins: Vec<Joining>,
    grouping: Grouping,
    having: Option<Filter<M>>,
}

impl<M: Model, S> Grouped<M, S> {
    pub(super) fn new(source: Source<M, S>, query: Query<M, S>, groups: Vec<Parts>) -> Self {
        Self::of_joined(Vec::new(), (source, query), groups)
    }

    pub(super) fn of_joined(joins: Vec<Joining>, (source, query): SomeOf<M, S>, groups: Vec<Parts>) -> Self {
        let (source, query) = to_group(source, query);
        Self { source, query, joins, grouping: Grouping::by(groups), having: None }
    }

    /// Groups by a further value, or by those of a tuple.
    pub fn group_by(mut self, by: impl Expressions<M, Place: OfGroupBy>) -> Self {
        self.grouping.add(by.into_list());
        self
    }

    /// Keeps only rows for which `filter` and every filter given before hold: rows are filtered before they are grouped. A
    /// condition on an aggregate is one on groups: see [`having`](Self::having).
    pub fn filter<P: OfRows>(mut self, filter: impl IntoFilter<M, P>) -> Self {
        self.source.rows_of(&mut self.query).add_filter(filter);
        self
    }

    /// Keeps only groups for which `filter` and every such filter given before hold: `.having(count().gt(1))`, before
    /// `select` or behind it.
    pub fn having<P: OfGroups>(mut self, filter: impl IntoFilter<M, P>) -> Self {
        self.having = Filter::both(self.having, filter);
        self
    }

    /// Selects the values of each group: those that it was grouped by, and aggregates.
    pub fn select<C: Selection<M>>(self, columns: C) -> Select<M, S, C> {
        let Self { source, query, joins, grouping, having } = self;
        Select::of_groups((source, query), joins, grouping, having, columns)
    }

    /// Sorts the groups by `order`, a single term or a tuple of them, after every order given before.
    pub fn order_by(mut self, order: impl IntoOrder<M>) -> Self {
        self.query = self.query.order_by(order);
        self
    }

    /// Returns at most this many groups. `None` changes nothing.
    pub fn limit(mut self, groups: impl RowCount) -> Self {
        self.query = self.query.limit(groups);
        self
    }

    /// Skips this many groups at the start. `None` changes nothing.
    pub fn offset(mut self, groups: impl RowCount) -> Self {
        self.query = self.query.offset(groups);
        self
    }

    /// Adds rows for larger groups: `group_by((YEAR, MONTH)).rollup()` gives one row for each month, one for each year,
    /// and one for all rows
    /// (<https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-GROUPING-SETS>).
    ///
    /// In the row of a larger group the values that it is not grouped by are NULL: select them as
    /// [`nullable`](crate::functions::nullable), and use [`grouping`](crate::functions::grouping) to tell such a NULL
    /// from a stored one.
    pub fn rollup(mut self) -> Self {
        self.grouping.set_totals(Totals::Rollup);
        self
    }

    /// Adds rows for the groups by every subset of the values: `group_by((CITY, TIER)).cube()` gives one row for each
    /// pair, one for each city, one for each tier, and one for all rows. About NULL see [`rollup`](Self::rollup).
    pub fn cube(mut self) -> Self {
        self.grouping.set_totals(Totals::Cube);
        self
    }

    /// Groups the same rows once more, by other values: `GROUPING SETS`. What follows, up to the next `also_by`, is of
    /// these groups: `group_by((CITY, TIER)).rollup().also_by(VISITS)` gives the rows of the rollup, and one row for each
    /// number of visits. About NULL see [`rollup`](Self::rollup).
    pub fn also_by(mut self, by: impl Expressions<M, Place: OfGroupBy>) -> Self {
        self.grouping.add_set(by.into_list());
        self
    }

    /// Adds one row for all rows together: `group_by(CITY).also_by(TIER).and_total()`.
    pub fn and_total(mut self) -> Self {
        self.grouping.add_set(Vec::new());
        self
    }
}

impl<M, S> Clone for Grouped<M, S> {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            query: self.query.clone(),
            joins: self.joins.clone(),
            grouping: self.grouping.clone(),
            having: self.having.clone(),
        }
    }
}

impl<M, S> fmt::Debug for Grouped<M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grouped")
            .field("query", &self.query)
            .field("grouping", &self.grouping)
            .finish_non_exhaustive()
    }
}
