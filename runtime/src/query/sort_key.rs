//! The keys that pages are sorted by, and the conditions for the rows after a given row.

use postgres_types::FromSqlOwned;

use crate::{
    error::Result,
    expr::{Expr, Expression as _, Filter, IntoOrder, OrderBy, SqlValue, cast},
    model::{Column, DecodeError, Decoder, Kind, tuples},
    sql::{Parts, SqlType, equal},
};

/// The direction of a page: the rows after a row, or those before it; the nearest come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    After,
    Before,
}

/// One expression that rows are sorted by, and whether its largest value comes first.
#[derive(Debug)]
pub struct Term {
    pub(super) parts: Parts,
    sql_type: SqlType,
    descending: bool,
    nullable: bool,
}

/// An expression whose largest value comes first.
#[derive(Clone, Copy, Debug)]
pub struct Descending<E>(E);

/// Sorts by this expression, largest value first: the pages of a [keyset](crate::Query::keyset), or other rows, as
/// `column.desc()` does.
pub fn desc<E>(by: E) -> Descending<E> {
    Descending(by)
}

/// Sorts by this expression, smallest value first, as the expression alone does.
pub fn asc<E>(by: E) -> E {
    by
}

impl<M, E: IntoOrder<M>> IntoOrder<M> for Descending<E> {
    fn add_to(self, order: &mut Vec<OrderBy<M>>) {
        let mut more = Vec::new();
        self.0.add_to(&mut more);
        order.extend(more.into_iter().map(OrderBy::descending));
    }
}

/// The key that the rows of a page are sorted by: a column, an expression, [`desc`] of one, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "pages of `{M}` cannot be sorted by `{Self}`",
    label = "expected a column or expression of `{M}`, `desc` of one, or a tuple of up to six of them",
    note = "the largest value first is `desc(column)` of `ormgen_runtime::functions`, in place of `column.desc()`; the \
            smallest first is the column alone, without `.asc()`",
    note = "an aggregate or a window function has no value yet when a page's first row is looked for: an aggregate of \
            related rows has one, `Order::ITEMS.count()`"
)]
pub trait SortKey<M> {
    /// The values of a row's key: an `Option` for a value that may be NULL.
    type Cursor: Clone + PartialEq + Send + Sync;

    #[doc(hidden)]
    fn terms(self) -> Vec<Term>;

    /// The values of the key; `None` for one that is NULL.
    #[doc(hidden)]
    fn values(cursor: Self::Cursor) -> Vec<Option<Parts>>;

    #[doc(hidden)]
    fn decode(row: &mut Decoder<'_>) -> Result<Self::Cursor, DecodeError>;

    /// Whether the server takes the keys for equal, as far as their values tell.
    #[doc(hidden)]
    fn are_same(one: &Self::Cursor, other: &Self::Cursor) -> bool;
}

/// One part of a [`SortKey`].
#[diagnostic::on_unimplemented(
    message = "pages of `{M}` cannot be sorted by `{Self}`",
    label = "expected a column or expression of `{M}`, or `desc` of one",
    note = "the largest value first is `desc(column)` of `ormgen_runtime::functions`, in place of `column.desc()`; the \
            smallest first is the column alone, without `.asc()`",
    note = "an aggregate or a window function has no value yet when a page's first row is looked for: an aggregate of \
            related rows has one, `Order::ITEMS.count()`"
)]
pub trait SortTerm<M> {
    /// The value of this part in a row's key.
    type Value: FromSqlOwned + Clone + PartialEq + Send + Sync + 'static;

    #[doc(hidden)]
    fn term(self) -> Term;

    #[doc(hidden)]
    fn value(value: Self::Value) -> Option<Parts>;
}

macro_rules! term {
    ($($name:ident)*) => {$(
        impl<M, T, K: Kind> SortTerm<M> for $name<M, T, K>
        where
            T: SqlValue,
            K::InRow<T>: FromSqlOwned + Clone + PartialEq + Send + Sync + 'static,
        {
            type Value = K::InRow<T>;

            fn term(self) -> Term {
                let sql_type = self.sql_type();
                Term { parts: self.into_parts(), sql_type, descending: false, nullable: K::NULLABLE }
            }

            fn value(value: Self::Value) -> Option<Parts> {
                K::value(value).map(Parts::value)
            }
        }
    )*};
}

term!(Column Expr);

impl<M, E: SortTerm<M>> SortTerm<M> for Descending<E> {
    type Value = E::Value;

    fn term(self) -> Term {
        Term { descending: true, ..self.0.term() }
    }

    fn value(value: Self::Value) -> Option<Parts> {
        E::value(value)
    }
}

macro_rules! single {
    ($([$($generics:tt)*] $name:ty;)*) => {$(
        impl<M, $($generics)*> SortKey<M> for $name
        where
            Self: SortTerm<M>,
        {
            type Cursor = <Self as SortTerm<M>>::Value;

            fn terms(self) -> Vec<Term> {
                vec![self.term()]
            }

            fn values(cursor: Self::Cursor) -> Vec<Option<Parts>> {
                vec![Self::value(cursor)]
            }

            fn decode(row: &mut Decoder<'_>) -> Result<Self::Cursor, DecodeError> {
                row.get()
            }

            fn are_same(one: &Self::Cursor, other: &Self::Cursor) -> bool {
                equal(one, other)
            }
        }
    )*};
}

single! {
    [T, K] Column<M, T, K>;
    [T, K] Expr<M, T, K>;
    [E] Descending<E>;
}

macro_rules! tuple {
    ($($name:ident $value:ident $at:tt),+) => {
        impl<M, $($name: SortTerm<M>),+> SortKey<M> for ($($name,)+) {
            type Cursor = ($($name::Value,)+);

            fn terms(self) -> Vec<Term> {
                vec![$(self.$at.term()),+]
            }

            fn values(cursor: Self::Cursor) -> Vec<Option<Parts>> {
                vec![$($name::value(cursor.$at)),+]
            }

            fn decode(row: &mut Decoder<'_>) -> Result<Self::Cursor, DecodeError> {
                Ok(($(row.get::<$name::Value>()?,)+))
            }

            fn are_same(one: &Self::Cursor, other: &Self::Cursor) -> bool {
                $(equal(&one.$at, &other.$at))&&+
            }
        }
    };
}

tuples!(up to 6: tuple);

impl Term {
    fn copied(&self) -> Self {
        Self { parts: self.parts.clone(), ..*self }
    }

    /// The term beside a value.
    fn compared(&self) -> Parts {
        cast(self.parts.clone(), self.sql_type.of_itself())
    }

    /// Whether larger values come later in this direction.
    fn rises(&self, direction: Direction) -> bool {
        self.descending == (direction == Direction::Before)
    }

    /// The order of this term. Backwards, NULL moves to the other end of the order too, as the server's default places
    /// it.
    pub(super) fn order<M>(&self, direction: Direction) -> OrderBy<M> {
        OrderBy::new(self.parts.clone(), !self.rises(direction))
    }

    fn equals(&self, value: Option<&Parts>) -> Parts {
        match value {
            Some(value) => self.compared().text(" = ").then(value.clone()),
            None => self.parts.clone().text(self.sql_type.is_null()),
        }
    }

    /// The condition that the term equals `value` or comes after it, as a bound for an index scan; `None` where NULL
    /// comes after it.
    fn at_or_beyond(&self, value: &Parts, direction: Direction) -> Option<Parts> {
        let operator = match (self.rises(direction), self.nullable) {
            (true, true) => return None,
            (true, false) => " >= ",
            (false, _) => " <= ",
        };
        Some(self.compared().text(operator).then(value.clone()))
    }

    /// The condition that the term comes after `value` in this direction; `None` where nothing does. NULL counts as the
    /// largest value.
    fn beyond(&self, value: Option<&Parts>, direction: Direction) -> Option<Parts> {
        let term = self.compared();
        match (value, self.rises(direction)) {
            (Some(value), true) if self.nullable => {
                let or_null = self.parts.clone().text(self.sql_type.is_null()).text(")");
                Some(term.text(" > ").then(value.clone()).text(" OR ").then(or_null).between("(", ""))
            }
            (Some(value), true) => Some(term.text(" > ").then(value.clone())),
            (Some(value), false) => Some(term.text(" < ").then(value.clone())),
            (None, true) => None,
            (None, false) => Some(self.parts.clone().text(self.sql_type.is_not_null())),
        }
    }
}

/// The values of a key, each as one of its term's type.
pub(super) fn typed(terms: &[Term], values: Vec<Option<Parts>>) -> Vec<Option<Parts>> {
    let cast = |(term, value): (&Term, Option<Parts>)| match (term.sql_type.of_value(), value) {
        (Some(name), Some(value)) => Some(value.text("::").text(name)),
        (_, value) => value,
    };
    terms.iter().zip(values).map(cast).collect()
}

/// The conditions for the rows after the one with these values, in this direction: one range of the order, or two that
/// follow each other. An index scan can begin at the start of each; a single range across the border between NULL and
/// the other values has no such start.
pub(super) fn ranges<M>(terms: &[Term], values: &[Option<Parts>], direction: Direction) -> Vec<Filter<M>> {
    let ([first, rest @ ..], [value, others @ ..]) = (terms, values) else { return Vec::new() };
    let of_null = |text| Filter::new(first.parts.clone().text(text).between("(", ")"));
    match value {
        Some(_) if first.nullable && first.rises(direction) => {
            let sure = Term { nullable: false, parts: first.parts.clone(), ..*first };
            let terms: Vec<_> = [sure].into_iter().chain(rest.iter().map(Term::copied)).collect();
            vec![beyond(&terms, values, direction), of_null(first.sql_type.is_null())]
        }
        None if !first.rises(direction) && !rest.is_empty() => {
            let after_it = of_null(first.sql_type.is_null()).and(beyond(rest, others, direction));
            vec![after_it, of_null(first.sql_type.is_not_null())]
        }
        _ => vec![beyond(terms, values, direction)],
    }
}

/// The condition for the rows after the one with these values, in this direction.
pub(super) fn beyond<M>(terms: &[Term], values: &[Option<Parts>], direction: Direction) -> Filter<M> {
    let rises = |term: &Term| term.rises(direction);
    let alike = terms.windows(2).all(|pair| pair.iter().all(rises) || !pair.iter().any(rises));
    if alike && !terms.iter().any(|term| term.nullable) {
        let operator = if terms.iter().all(rises) { ") > (" } else { ") < (" };
        let left = Parts::joined(", ", terms.iter().map(Term::compared));
        let right = Parts::joined(", ", values.iter().flatten().cloned());
        return Filter::new(left.text(operator).then(right).between("((", "))"));
    }
    let places = || terms.iter().zip(values);
    let branches = places().enumerate().filter_map(|(at, (term, value))| {
        let equal = places().take(at).map(|(term, value)| term.equals(value.as_ref()));
        let beyond = term.beyond(value.as_ref(), direction)?;
        Some(Parts::joined(" AND ", equal.chain([beyond])).between("(", ")"))
    });
    let branches: Vec<_> = branches.collect();
    if branches.is_empty() {
        return Filter::new(Parts::default().text("false"));
    }
    let any = Parts::joined(" OR ", branches).between("(", ")");
    match terms.first().zip(values.first()) {
        Some((term, Some(value))) => match term.at_or_beyond(value, direction) {
            Some(bound) => Filter::new(bound.text(" AND ").then(any).between("(", ")")),
            None => Filter::new(any),
        },
        _ => Filter::new(any),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(terms: &[(&'static str, bool, bool)], values: &[Option<i32>], direction: Direction) -> String {
        let terms: Vec<_> = terms
            .iter()
            .map(|&(name, descending, nullable)| Term {
                parts: Parts::column(name),
                sql_type: SqlType::of(&Column::<(), i32>::new("a", "int4").def),
                descending,
                nullable,
            })
            .collect();
        let values: Vec<_> = values.iter().map(|value| value.map(Parts::value)).collect();
        let Filter { parts, .. } = beyond::<()>(&terms, &values, direction);
        format!("{parts:?}")
    }

    #[test]
    fn rows_are_compared_where_an_index_can_serve() {
        let (a, b) = (("a", false, false), ("b", false, false));
        assert_eq!(filter(&[a, b], &[Some(1), Some(2)], Direction::After), "((a, b) > ($1, $2))");
        assert_eq!(filter(&[a, b], &[Some(1), Some(2)], Direction::Before), "((a, b) < ($1, $2))");
        let (a, b) = (("a", true, false), ("b", true, false));
        assert_eq!(filter(&[a, b], &[Some(1), Some(2)], Direction::After), "((a, b) < ($1, $2))");
        assert_eq!(filter(&[a], &[Some(1)], Direction::Before), "((a) > ($1))");
    }

    #[test]
    fn two_directions_are_written_out() {
        let terms = [("a", true, false), ("b", false, false)];
        assert_eq!(
            filter(&terms, &[Some(1), Some(2)], Direction::After),
            "(a <= $1 AND ((a < $2) OR (a = $3 AND b > $4)))"
        );
    }

    #[test]
    fn null_is_larger_than_all_else() {
        let terms = [("a", false, true), ("b", false, false)];
        assert_eq!(
            filter(&terms, &[Some(1), Some(2)], Direction::After),
            "(((a > $1 OR a IS NULL)) OR (a = $2 AND b > $3))"
        );
        assert_eq!(filter(&terms, &[None, Some(2)], Direction::After), "((a IS NULL AND b > $1))");
        assert_eq!(
            filter(&terms, &[None, Some(2)], Direction::Before),
            "((a IS NOT NULL) OR (a IS NULL AND b < $1))"
        );
        assert_eq!(filter(&[("a", false, true)], &[None], Direction::After), "false");
    }
}
