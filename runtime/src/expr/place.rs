//! Where in a query an expression can stand, as its type tells.
//!
//! A query filters rows, then groups them and computes aggregates, then filters the groups, then computes window
//! functions (<https://www.postgresql.org/docs/current/sql-select.html#id-1.9.3.172.6>). So an aggregate has no value
//! yet when rows are filtered, nor has a window function when groups are. The last type parameter of
//! [`Expr`](super::Expr), [`Filter`](super::Filter) and [`Case`](super::Case) is the earliest of these places that has
//! all values of the expression.

use crate::model::{Sealed, sealed};

/// The places of a query in which an expression can stand: [`Anywhere`], [`InHaving`], [`InGroupBy`] or [`InSelect`].
pub trait Place: Sealed {
    /// The places for an expression that is made of one for these places and of one for `P`.
    type With<P: Place>: Place;
    /// The places for an expression that is made of one for these places and of an aggregate.
    type WithAggregate: Place;
    /// The places for an expression that is made of one for these places and of `unnest`.
    type WithUnnest: Place;
}

/// The places of an expression whose value a single row has: also a filter.
#[derive(Debug)]
pub enum Anywhere {}

/// The places of an aggregate: `having`, the selection of a grouped query, and its order.
#[derive(Debug)]
pub enum InHaving {}

/// The places of `unnest`: what rows are grouped by, the selection and the order.
#[derive(Debug)]
pub enum InGroupBy {}

/// The places of a window function: the selection and the order.
#[derive(Debug)]
pub enum InSelect {}

sealed!(Anywhere, InHaving, InGroupBy, InSelect);

impl Place for Anywhere {
    type With<P: Place> = P;
    type WithAggregate = InHaving;
    type WithUnnest = InGroupBy;
}

impl Place for InHaving {
    type With<P: Place> = P::WithAggregate;
    type WithAggregate = InHaving;
    type WithUnnest = InSelect;
}

impl Place for InGroupBy {
    type With<P: Place> = P::WithUnnest;
    type WithAggregate = InSelect;
    type WithUnnest = InGroupBy;
}

impl Place for InSelect {
    type With<P: Place> = InSelect;
    type WithAggregate = InSelect;
    type WithUnnest = InSelect;
}

/// The places of a condition that rows can be filtered by.
#[diagnostic::on_unimplemented(
    message = "an aggregate, a window function or `unnest` has no place in a filter of rows",
    label = "rows are filtered before this has a value",
    note = "a condition on an aggregate goes into `having(…)`, or speaks of related rows: `Order::ITEMS.count().gt(1)`",
    note = "a window function or `unnest` is selected, and the rows of that selection are filtered: \
            `.select(…).into_table()`"
)]
pub trait OfRows: Place {}

impl OfRows for Anywhere {}

/// The places of a condition that groups can be filtered by.
#[diagnostic::on_unimplemented(
    message = "a window function or `unnest` has no place in `having`",
    label = "groups are filtered before this has a value",
    note = "select it, and filter the rows of that selection: `.select(…).into_table()`"
)]
pub trait OfGroups: Place {}

impl OfGroups for Anywhere {}
impl OfGroups for InHaving {}

/// The places of an expression that rows can be grouped by.
#[diagnostic::on_unimplemented(
    message = "rows cannot be grouped by an aggregate or a window function",
    label = "rows are grouped before this has a value",
    note = "group the rows of a selection by it: \
            `let (rows, count) = ….group_by(…).select(count()).into_table(); rows.group_by(count)`",
    note = "an aggregate of related rows is a value of each row: `Order::query().group_by(Order::ITEMS.count())`"
)]
pub trait OfGroupBy: Place {}

impl OfGroupBy for Anywhere {}
impl OfGroupBy for InGroupBy {}

/// The places of an expression that can stand beside a whole row.
#[diagnostic::on_unimplemented(
    message = "an aggregate cannot stand beside each row",
    label = "this is a value of several rows",
    note = "an aggregate of related rows is a value of each row: `Order::query().annotate(Order::ITEMS.count())`",
    note = "an aggregate of the query's own rows has one in a window: `count().over(window())`; or group the rows: \
            `.group_by(…).select((…, count()))`"
)]
pub trait BesideRow: Place {}

impl BesideRow for Anywhere {}
impl BesideRow for InGroupBy {}
impl BesideRow for InSelect {}

/// The places of an expression that can be loaded of each related row.
#[diagnostic::on_unimplemented(
    message = "an aggregate, a window function or `unnest` cannot be loaded of each related row",
    label = "this is no value of a single row",
    note = "to aggregate the related rows of each row, say so in the query: `Order::query().annotate(Order::ITEMS.count())`"
)]
pub trait OfRelatedRow: Place {}

impl OfRelatedRow for Anywhere {}
