//! Comparisons of particular types: arrays, ranges, text search.

use std::ops::Bound;

use postgres_types::{FromSql, ToSql};

use super::{
    Anywhere, Comparable, Expr, Expression, Filter, InGroupBy, Operand, Place, SqlValue, ValueOf,
    compare::{compared, infix, ordered, told_apart},
    typed::{array_beside, cast, of_itself, told, told_value},
};
use crate::{
    model::{Kind, NotNull, Nullable},
    sql::{Aggregation, Parts},
    types,
};

/// Comparisons of arrays.
pub trait ArrayComparable<M, T, P: Place = Anywhere>: Expression<M, P, Value = Vec<T>>
where
    T: ToSql + Sync + Send + 'static,
{
    /// `@>`: the array has every one of `values`.
    fn has_all<R: Operand<M, Vec<T>>>(self, values: R) -> Filter<M, P::With<R::Place>> {
        told_apart(self, " @> ", values)
    }

    /// `&&`: the array has at least one of `values`.
    fn has_any<R: Operand<M, Vec<T>>>(self, values: R) -> Filter<M, P::With<R::Place>> {
        told_apart(self, " && ", values)
    }

    /// `<@`: the array has no values but these.
    fn has_only<R: Operand<M, Vec<T>>>(self, values: R) -> Filter<M, P::With<R::Place>> {
        told_apart(self, " <@ ", values)
    }

    /// `@>`: the array has this value. A GIN index on the column serves the condition.
    fn has<R: ValueOf<M, T>>(self, value: R) -> Filter<M, P::With<R::Place>> {
        let sql_type = self.sql_type();
        let right = told_value(array_beside(sql_type, value), sql_type, R::IS_VALUE);
        Filter::new(told(of_itself(self), sql_type).text(" @> ").then(right).between("(", ")"))
    }

    /// `cardinality`: how many values the array has, 0 where it is empty
    /// (<https://www.postgresql.org/docs/current/functions-array.html>).
    fn len(self) -> Expr<M, i32, Self::Kind, P> {
        Expr::new(self.into_parts().between("cardinality(", ")"))
    }

    /// The array has no values.
    #[allow(clippy::wrong_self_convention, reason = "an expression is used up by what it is part of")]
    fn is_empty(self) -> Filter<M, P> {
        Filter::new(self.into_parts().between("(cardinality(", ") = 0)"))
    }
}

impl<M, T, P: Place, E> ArrayComparable<M, T, P> for E
where
    T: ToSql + Sync + Send + 'static,
    E: Expression<M, P, Value = Vec<T>>,
{
}

/// Comparisons of ranges.
pub trait RangeComparable<M, T, P: Place = Anywhere>: Expression<M, P, Value = types::Range<T>>
where
    T: ToSql + for<'a> FromSql<'a> + Sync + Send + std::fmt::Debug + 'static,
    types::Range<T>: ToSql,
{
    /// `@>`: the range contains `point`.
    fn includes<R: ValueOf<M, T>>(self, point: R) -> Filter<M, P::With<R::Place>> {
        // Beside a range the server takes a bare `$1` for a range as well. Only of its own ranges is it known here what
        // they are of: for the others the value is sent as a range that has no other.
        let point = match self.sql_type().of_bounds() {
            Some(name) if R::IS_VALUE => cast(point.into_operand(), Some(name)),
            _ => point.into_point(),
        };
        infix(self, " @> ", point)
    }

    /// `&&`: the range has a point in common with `other`.
    fn overlaps<R: Operand<M, types::Range<T>>>(self, other: R) -> Filter<M, P::With<R::Place>> {
        compared(self, " && ", other)
    }

    /// `@>`: the range contains all of `other`.
    fn covers<R: Operand<M, types::Range<T>>>(self, other: R) -> Filter<M, P::With<R::Place>> {
        compared(self, " @> ", other)
    }

    /// `<@`: all of the range is in `other`.
    fn within<R: Operand<M, types::Range<T>>>(self, other: R) -> Filter<M, P::With<R::Place>> {
        compared(self, " <@ ", other)
    }

    /// `-|-`: the range ends where `other` begins, or begins where it ends.
    fn adjacent<R: Operand<M, types::Range<T>>>(self, other: R) -> Filter<M, P::With<R::Place>> {
        compared(self, " -|- ", other)
    }
}

impl<M, T, P: Place, E> RangeComparable<M, T, P> for E
where
    T: ToSql + for<'a> FromSql<'a> + Sync + Send + std::fmt::Debug + 'static,
    types::Range<T>: ToSql,
    E: Expression<M, P, Value = types::Range<T>>,
{
}

/// Comparison by the bounds of Rust's own ranges: `Customer::VISITS.in_range(1..10)`.
pub trait InRange<M, P: Place = Anywhere>: Expression<M, P> {
    /// The value lies within the range. A range without bounds lets everything but NULL through.
    fn in_range(self, range: impl std::ops::RangeBounds<Self::Value>) -> Filter<M, P>
    where
        Self: Clone,
        Self::Value: SqlValue + Clone,
    {
        let bound = |operator, bound: &Self::Value| ordered::<_, P, P, _, _>(self.clone(), operator, bound);
        let low = match range.start_bound() {
            Bound::Included(low) => Some(bound(" >= ", low)),
            Bound::Excluded(low) => Some(bound(" > ", low)),
            Bound::Unbounded => None,
        };
        let high = match range.end_bound() {
            Bound::Included(high) => Some(bound(" <= ", high)),
            Bound::Excluded(high) => Some(bound(" < ", high)),
            Bound::Unbounded => None,
        };
        match (low, high) {
            (Some(low), Some(high)) => low.joined(" AND ", high),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => self.is_not_null(),
        }
    }
}

impl<M, P: Place, E: Expression<M, P>> InRange<M, P> for E {}

/// Full-text search (<https://www.postgresql.org/docs/current/textsearch.html>).
pub trait Searchable<M, P: Place = Anywhere>: Expression<M, P> {
    /// The text matches a search as people write it: words, "quoted phrases", `or`, `-not`. `configuration` is a text
    /// search configuration such as `english`: it is part of the statement's text, so that the server knows it when it
    /// plans the query, and finds the index on `to_tsvector('english', body)`.
    fn search(self, configuration: &'static str, words: impl AsRef<str>) -> Filter<M, P>
    where
        Self::Value: SearchText,
    {
        let vector = Self::Value::vector(self.into_parts(), configuration);
        Filter::new(vector.text(" @@ ").then(query(configuration, words.as_ref())).between("(", ")"))
    }

    /// `ts_rank`: how well the text matches such a search; 0 is not at all. It is for sorting what
    /// [`search`](Self::search) finds
    /// (<https://www.postgresql.org/docs/current/textsearch-controls.html#TEXTSEARCH-RANKING>).
    fn search_rank(self, configuration: &'static str, words: impl AsRef<str>) -> Expr<M, f32, Self::Kind, P>
    where
        Self::Value: SearchText,
    {
        let vector = Self::Value::vector(self.into_parts(), configuration);
        Expr::new(vector.text(", ").then(query(configuration, words.as_ref())).between("ts_rank(", ")"))
    }

    /// `ts_headline`: the text, or a part of it, with the words of such a search set in `<b>` and `</b>`. The text
    /// itself is not made safe to show as HTML
    /// (<https://www.postgresql.org/docs/current/textsearch-controls.html#TEXTSEARCH-HEADLINE>).
    fn search_headline(
        self,
        configuration: &'static str,
        words: impl AsRef<str>,
    ) -> Expr<M, String, Self::Kind, P>
    where
        Self: Expression<M, P, Value = String>,
    {
        let text = regconfig(configuration).then(self.into_parts());
        Expr::new(text.text(", ").then(query(configuration, words.as_ref())).between("ts_headline(", ")"))
    }
}

impl<M, P: Place, E: Expression<M, P>> Searchable<M, P> for E {}

/// The `tsquery` of a search as people write it.
fn query(configuration: &'static str, words: &str) -> Parts {
    regconfig(configuration).then(Parts::value(words.to_owned())).between("websearch_to_tsquery(", ")")
}

/// The first argument of the functions of text search.
fn regconfig(configuration: &'static str) -> Parts {
    Parts::constant(configuration).text("::regconfig, ")
}

/// A type that can be searched: text, and a `tsvector`.
pub trait SearchText {
    /// The expression as a `tsvector`.
    #[doc(hidden)]
    fn vector(text: Parts, configuration: &'static str) -> Parts;
}

impl SearchText for String {
    fn vector(text: Parts, configuration: &'static str) -> Parts {
        regconfig(configuration).then(text).between("to_tsvector(", ")")
    }
}

impl SearchText for types::TsVector {
    fn vector(text: Parts, _: &'static str) -> Parts {
        text
    }
}

/// In a selection, gives a row for each value of an array, with the other selected values beside each. An array without
/// values gives no row.
///
/// `Customer::query().group_by(unnest(Customer::TAGS)).select((unnest(Customer::TAGS), count()))` counts tags.
pub fn unnest<M, T, P: Place, E: Expression<M, P, Value = Vec<T>>>(
    array: E,
) -> Expr<M, T, Nullable, InGroupBy> {
    Expr::new(array.into_parts().between("unnest(", ")").of_several_rows(Aggregation::Rows))
}

/// The array with the value at its end: `.set(Customer::TAGS, array_append(Customer::TAGS, "new"))`. NULL counts as an
/// array without values.
pub fn array_append<M, T, P: Place, E, V>(array: E, value: V) -> Expr<M, Vec<T>, NotNull, P::With<V::Place>>
where
    E: Expression<M, P, Value = Vec<T>>,
    V: ValueOf<M, T>,
{
    let sql_type = array.sql_type();
    let value = array_beside(sql_type, value);
    Expr::typed(of_itself(array).text(" || ").then(value).between("(", ")"), sql_type)
}

/// The array without any value that equals this one.
pub fn array_remove<M, T, P: Place, E, V>(array: E, value: V) -> Expr<M, Vec<T>, E::Kind, P::With<V::Place>>
where
    E: Expression<M, P, Value = Vec<T>>,
    V: ValueOf<M, T>,
{
    let sql_type = array.sql_type();
    let array = of_itself(array).text(", ");
    Expr::typed(array.then(value.into_operand()).between("array_remove(", ")"), sql_type)
}

/// A geometric type whose values have a distance from each other.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no distance",
    label = "expected a column or expression of a geometric type"
)]
pub trait Distant {}

impl Distant for types::Point {}
impl Distant for types::Circle {}
impl Distant for types::LineSegment {}
impl Distant for types::Rectangle {}
impl Distant for types::Path {}
impl Distant for types::Polygon {}

/// `<->`: the distance between the two. A GiST index on the column serves an order by it:
/// `Shop::query().order_by(distance(Shop::LOCATION, here).asc()).limit(5)`.
pub fn distance<M, P: Place, E, O>(
    one: E,
    other: O,
) -> Expr<M, f64, <E::Kind as Kind>::Or<O::Kind>, P::With<O::Place>>
where
    E: Expression<M, P>,
    E::Value: Distant,
    O: Operand<M, E::Value>,
{
    Expr::new(one.into_parts().text(" <-> ").then(other.into_operand()).between("(", ")"))
}
