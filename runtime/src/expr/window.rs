//! Window functions: a value for each row, computed from the rows around it
//! (<https://www.postgresql.org/docs/current/functions-window.html>).

use std::ops::{Bound, RangeBounds, RangeFrom, RangeInclusive, RangeToInclusive};

use super::{
    Expr, Expression, Expressions, InSelect, IntoOrder, OrderBy, Place, SqlValue, ValueOf, typed::sides,
};
use crate::{
    model::{Kind, NotNull, Nullable},
    sql::{Aggregation, Parts},
    types::Interval,
};

/// The rows that a window function reads for a row: those of the row's partition, in an order, or a frame of them.
#[derive(Debug)]
#[must_use = "a window is what a function goes over: `row_number().over(window)`"]
pub struct Window<M> {
    partition: Vec<Parts>,
    order: Vec<OrderBy<M>>,
    frame: Option<Parts>,
    excluded: Option<&'static str>,
}

/// The window of all rows.
pub fn window<M>() -> Window<M> {
    Window { partition: Vec::new(), order: Vec::new(), frame: None, excluded: None }
}

/// The window of the rows with the same value of an expression, or of each in a tuple of them: `PARTITION BY`.
pub fn partition_by<M>(by: impl Expressions<M>) -> Window<M> {
    window().partition_by(by)
}

impl<M> Window<M> {
    /// Limits the window to the rows with the same value of `by`, and of all that was given before.
    pub fn partition_by(mut self, by: impl Expressions<M>) -> Self {
        self.partition.append(&mut by.into_list());
        self
    }

    /// Sorts the window's rows in this order, after every order given before. Without a frame, an aggregate then takes
    /// the rows up to the current one and those that the order finds equal to it.
    pub fn order_by(mut self, order: impl IntoOrder<M>) -> Self {
        order.add_to(&mut self.order);
        self
    }

    /// Limits the frame to the rows from one place to another, counted from the current row, which is 0: `rows(-2..=0)`
    /// are the two rows before it and itself, `rows(..=0)` all rows up to it.
    pub fn rows(self, range: impl RangeBounds<i32>) -> Self {
        self.framed(" ROWS BETWEEN ", range)
    }

    /// As [`rows`](Self::rows), counted in groups of rows that the order finds equal: the current row's is 0.
    pub fn groups(self, range: impl RangeBounds<i32>) -> Self {
        self.framed(" GROUPS BETWEEN ", range)
    }

    /// Limits the frame to the rows whose value in the window's order is at most so much before or behind the current
    /// row's: `.order_by(AT.asc()).range(days(-7)..=days(0))` are the last seven days, however many rows they have,
    /// `.order_by(PRICE.asc()).range(-5..=5)` the prices that differ by at most five. The order is a single term.
    ///
    /// The server reports an error where the distance is of a type that cannot be added to the order's values.
    pub fn range<T>(mut self, range: impl FrameOfValues<T>) -> Self {
        let (start, end) = range.ends();
        self.frame = Some(start.text(" AND ").then(end).between(" RANGE BETWEEN ", ""));
        self
    }

    /// Leaves the current row out of the frame: `avg(PRICE).over(partition_by(CATEGORY).exclude_current_row())` is the
    /// average of the others.
    pub fn exclude_current_row(self) -> Self {
        Self { excluded: Some(" EXCLUDE CURRENT ROW"), ..self }
    }

    /// Leaves the current row out of the frame, and those that the order finds equal to it.
    pub fn exclude_group(self) -> Self {
        Self { excluded: Some(" EXCLUDE GROUP"), ..self }
    }

    /// Leaves the rows out of the frame that the order finds equal to the current one, which stays.
    pub fn exclude_ties(self) -> Self {
        Self { excluded: Some(" EXCLUDE TIES"), ..self }
    }

    fn framed(mut self, unit: &'static str, range: impl RangeBounds<i32>) -> Self {
        let start = match range.start_bound() {
            Bound::Unbounded => Parts::default().text(FIRST),
            Bound::Included(row) => place((*row).into()),
            Bound::Excluded(row) => place(i64::from(*row) + 1),
        };
        let end = match range.end_bound() {
            Bound::Unbounded => Parts::default().text(LAST),
            Bound::Included(row) => place((*row).into()),
            Bound::Excluded(row) => place(i64::from(*row) - 1),
        };
        self.frame = Some(start.text(" AND ").then(end).between(unit, ""));
        self
    }

    /// A function over this window.
    pub(super) fn of<T, K: Kind>(self, function: Parts) -> Expr<M, T, K, InSelect> {
        let mut parts = function.text(" OVER (");
        if !self.partition.is_empty() {
            parts = parts
                .text("PARTITION BY ")
                .then(Parts::joined(", ", self.partition.into_iter().map(Parts::sorting)));
        }
        if !self.order.is_empty() {
            let order = Parts::joined(", ", self.order.into_iter().map(OrderBy::into_parts));
            parts = parts.text(" ORDER BY ").then(order);
        }
        // A frame that leaves rows out has to be written; this one is SQL's own where none is given.
        const UP_TO_HERE: &str = " RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
        match (self.frame, self.excluded) {
            (Some(frame), excluded) => parts = parts.then(frame).text(excluded.unwrap_or_default()),
            (None, Some(excluded)) => parts = parts.text(UP_TO_HERE).text(excluded),
            (None, None) => {}
        }
        Expr::new(parts.text(")").of_several_rows(Aggregation::Window))
    }
}

const FIRST: &str = "UNBOUNDED PRECEDING";
const LAST: &str = "UNBOUNDED FOLLOWING";

/// A row's place, counted from the current row.
fn place(row: i64) -> Parts {
    match row {
        0 => Parts::default().text("CURRENT ROW"),
        ..0 => Parts::value(-row).text(" PRECEDING"),
        1.. => Parts::value(row).text(" FOLLOWING"),
    }
}

/// The ends of a frame by values: `a..=b`, `a..`, `..=b` or `..`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no frame of values",
    label = "expected `a..=b`, `a..`, `..=b` or `..` of distances: `-5..=5`, `days(-7)..=days(0)`",
    note = "a frame of values includes its ends: write `a..=b` in place of `a..b`"
)]
pub trait FrameOfValues<T> {
    #[doc(hidden)]
    fn ends(self) -> (Parts, Parts);
}

impl<T: Distance> FrameOfValues<T> for RangeInclusive<T> {
    fn ends(self) -> (Parts, Parts) {
        let (start, end) = self.into_inner();
        (start.into_end(), end.into_end())
    }
}

impl<T: Distance> FrameOfValues<T> for RangeFrom<T> {
    fn ends(self) -> (Parts, Parts) {
        (self.start.into_end(), Parts::default().text(LAST))
    }
}

impl<T: Distance> FrameOfValues<T> for RangeToInclusive<T> {
    fn ends(self) -> (Parts, Parts) {
        (Parts::default().text(FIRST), self.end.into_end())
    }
}

/// A distance between two values of a window's order, negative before the current row and positive behind it: a number,
/// or an [`Interval`](crate::types::Interval).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no distance between values",
    label = "expected `i32`, `i64`, `f64`, `Decimal` or an `Interval` such as `days(-7)`"
)]
pub trait Distance {
    /// The end of a frame at this distance from the current row.
    #[doc(hidden)]
    fn into_end(self) -> Parts;
}

/// The end of a frame that is so far away, before the current row or behind it.
fn end<T: SqlValue>(distance: T, sql_type: &'static str, is_before: bool) -> Parts {
    Parts::value(distance).text(sql_type).text(if is_before { " PRECEDING" } else { " FOLLOWING" })
}

macro_rules! distances {
    ($($number:ty => $sql_type:literal, $is_before:expr, $positive:expr;)*) => {$(
        impl Distance for $number {
            fn into_end(self) -> Parts {
                let (is_before, positive): (fn(&Self) -> bool, fn(Self) -> Self) = ($is_before, $positive);
                if is_before(&self) { end(positive(self), $sql_type, true) } else { end(self, $sql_type, false) }
            }
        }
    )*};
}

distances! {
    i32 => "::int4", |distance| *distance < 0, i32::saturating_abs;
    i64 => "::int8", |distance| *distance < 0, i64::saturating_abs;
    f64 => "::float8", |distance| *distance < 0.0, f64::abs;
    Interval => "::interval", |distance| microseconds(*distance) < 0, negated;
}

/// An interval as the server compares it with others: a month is thirty days.
fn microseconds(interval: Interval) -> i128 {
    const DAY: i128 = 86_400_000_000;
    (i128::from(interval.months) * 30 + i128::from(interval.days)) * DAY + i128::from(interval.microseconds)
}

fn negated(interval: Interval) -> Interval {
    let Interval { months, days, microseconds } = interval;
    Interval::new(months.saturating_neg(), days.saturating_neg(), microseconds.saturating_neg())
}

#[cfg(feature = "decimal")]
distances! {
    crate::types::Decimal => "::numeric", crate::types::Decimal::is_sign_negative, |distance| distance.abs();
}

/// A window function that does not have its window yet.
#[derive(Debug)]
#[must_use = "a window function goes over a window: `.over(partition_by(…))`"]
pub struct WindowFunction<M, T, K = Nullable> {
    call: Expr<M, T, K>,
}

impl<M, T, K: Kind> WindowFunction<M, T, K> {
    fn new(call: Parts) -> Self {
        Self { call: Expr::new(call) }
    }

    /// Gives each row the function's value over the rows of that row's window.
    pub fn over(self, window: Window<M>) -> Expr<M, T, K, InSelect> {
        window.of(self.call.parts)
    }
}

/// The row's number in its window, from 1.
pub fn row_number<M>() -> WindowFunction<M, i64, NotNull> {
    WindowFunction::new(Parts::default().text("row_number()"))
}

/// The row's rank, from 1: rows that the order finds equal share it, and leave a gap behind them.
pub fn rank<M>() -> WindowFunction<M, i64, NotNull> {
    WindowFunction::new(Parts::default().text("rank()"))
}

/// The row's rank, from 1: rows that the order finds equal share it, and leave no gap.
pub fn dense_rank<M>() -> WindowFunction<M, i64, NotNull> {
    WindowFunction::new(Parts::default().text("dense_rank()"))
}

/// The number of the row's part, from 1, where the window's rows are divided into `parts` of sizes as equal as can be.
pub fn ntile<M>(parts: i32) -> WindowFunction<M, i32, NotNull> {
    WindowFunction::new(Parts::value(parts).between("ntile(", ")"))
}

/// The value in the row that is `rows` before this one; NULL where there is none.
pub fn lag<M, P: Place, E: Expression<M, P>>(of: E, rows: i32) -> WindowFunction<M, E::Value> {
    WindowFunction::new(of.into_parts().text(", ").then(Parts::value(rows)).between("lag(", ")"))
}

/// The value in the row that is `rows` after this one; NULL where there is none.
pub fn lead<M, P: Place, E: Expression<M, P>>(of: E, rows: i32) -> WindowFunction<M, E::Value> {
    WindowFunction::new(of.into_parts().text(", ").then(Parts::value(rows)).between("lead(", ")"))
}

/// As [`lag`], with `default` where there is no such row.
pub fn lag_or<M, P: Place, E, D>(
    of: E,
    rows: i32,
    default: D,
) -> WindowFunction<M, E::Value, <E::Kind as Kind>::Or<D::Kind>>
where
    E: Expression<M, P>,
    D: ValueOf<M, E::Value>,
{
    WindowFunction::new(offset(of, rows, default).between("lag(", ")"))
}

/// As [`lead`], with `default` where there is no such row.
pub fn lead_or<M, P: Place, E, D>(
    of: E,
    rows: i32,
    default: D,
) -> WindowFunction<M, E::Value, <E::Kind as Kind>::Or<D::Kind>>
where
    E: Expression<M, P>,
    D: ValueOf<M, E::Value>,
{
    WindowFunction::new(offset(of, rows, default).between("lead(", ")"))
}

/// The arguments of a function that takes another row's value.
fn offset<M, P: Place, E: Expression<M, P>>(of: E, rows: i32, default: impl ValueOf<M, E::Value>) -> Parts {
    let (of, default) = sides(of, default);
    of.text(", ").then(Parts::value(rows)).text(", ").then(default)
}

/// The value in the first row of the frame; NULL where the frame has none.
pub fn first_value<M, P: Place, E: Expression<M, P>>(of: E) -> WindowFunction<M, E::Value> {
    WindowFunction::new(of.into_parts().between("first_value(", ")"))
}

/// The value in the last row of the frame: in an ordered window, that is the current row or one that is equal to it,
/// unless [`rows`](Window::rows) sets another frame. NULL where the frame has none.
pub fn last_value<M, P: Place, E: Expression<M, P>>(of: E) -> WindowFunction<M, E::Value> {
    WindowFunction::new(of.into_parts().between("last_value(", ")"))
}
