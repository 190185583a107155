//! Conditions on rows.

use std::{
    fmt,
    marker::PhantomData,
    ops::{BitAnd, BitOr, Not},
};

use super::{Anywhere, Expr, Expression, Place};
use crate::{
    model::{Column, Kind, NotNull},
    sql::{Parts, SqlType},
};

/// A condition on the rows of `M`; with an aggregate in it, on groups of them: `Filter<M, InHaving>`.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::Filter;
///
/// /// A part of a query that several share.
/// fn regulars(city: &str) -> Filter<Customer> {
///     Customer::VISITS.gte(10).and(Customer::CITY.eq(city))
/// }
///
/// let query = Customer::query().filter(regulars("Delft"));
/// # let _ = query;
/// ```
pub struct Filter<M, P = Anywhere> {
    pub(crate) parts: Parts,
    types: PhantomData<fn() -> (M, P)>,
}

impl<M> Filter<M> {
    /// Every row: what the conditions of a search begin with, `filter = filter.and(…)`, where none may follow.
    pub fn every_row() -> Self {
        Self::new(Parts::default().text("true"))
    }

    /// No row: what alternatives begin with, `filter = filter.or(…)`, where none may follow.
    pub fn no_row() -> Self {
        Self::new(Parts::default().text("false"))
    }

    /// The condition that both `before` and `more` hold, each if it is one. The caller has seen to the place of `more`.
    pub(crate) fn both<P: Place>(before: Option<Self>, more: impl IntoFilter<M, P>) -> Option<Self> {
        match (before, more.into_condition()) {
            (Some(before), Some(more)) => Some(before.joined(" AND ", more)),
            (before, more) => before.or_else(|| more.map(|more| Self::new(more.parts))),
        }
    }
}

impl<M, P> Filter<M, P> {
    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts, types: PhantomData }
    }

    /// Writes both conditions with `word` between them. The caller says where the result can stand.
    pub(super) fn joined<Q, R>(self, word: &'static str, other: Filter<M, Q>) -> Filter<M, R> {
        Filter::new(self.parts.text(word).then(other.parts).between("(", ")"))
    }
}

impl<M, P: Place> Filter<M, P> {
    /// At least one of the conditions holds; an empty list matches no row.
    ///
    /// `Filter::any(words.iter().map(|word| Product::NAME.contains_ignore_case(word)))`
    pub fn any<F: IntoFilter<M, P>>(conditions: impl IntoIterator<Item = F>) -> Self {
        Self::of_list(conditions, " OR ", "false")
    }

    /// Every one of the conditions holds; an empty list matches every row.
    pub fn all<F: IntoFilter<M, P>>(conditions: impl IntoIterator<Item = F>) -> Self {
        Self::of_list(conditions, " AND ", "true")
    }

    fn of_list<F: IntoFilter<M, P>>(
        conditions: impl IntoIterator<Item = F>,
        word: &'static str,
        of_none: &'static str,
    ) -> Self {
        let mut conditions = conditions.into_iter().filter_map(F::into_condition).peekable();
        if conditions.peek().is_none() {
            return Self::new(Parts::default().text(of_none));
        }
        Self::new(Parts::joined(word, conditions.map(|condition| condition.parts)).between("(", ")"))
    }

    /// Both conditions hold.
    #[must_use]
    pub fn and<Q: Place>(self, other: impl IntoFilter<M, Q>) -> Filter<M, P::With<Q>> {
        self.joined(" AND ", other.into_filter())
    }

    /// At least one of the two conditions holds.
    #[must_use]
    pub fn or<Q: Place>(self, other: impl IntoFilter<M, Q>) -> Filter<M, P::With<Q>> {
        self.joined(" OR ", other.into_filter())
    }
}

/// `a & b` and `a | b` of conditions and of columns and expressions of type `bool`, as [`and`](Filter::and) and
/// [`or`](Filter::or): one impl for each pair, as std's traits know no "anything that is a condition".
macro_rules! operators {
    ($($left:ty, $right:ty, $of_left:ty, $of_right:ty; [$($types:tt)*])*) => {$(
        impl<M, $($types)*> BitAnd<$right> for $left {
            type Output = Filter<M, <$of_left as Place>::With<$of_right>>;
            fn bitand(self, other: $right) -> Self::Output {
                IntoFilter::<M, $of_left>::into_filter(self).joined(" AND ", other.into_filter())
            }
        }

        impl<M, $($types)*> BitOr<$right> for $left {
            type Output = Filter<M, <$of_left as Place>::With<$of_right>>;
            fn bitor(self, other: $right) -> Self::Output {
                IntoFilter::<M, $of_left>::into_filter(self).joined(" OR ", other.into_filter())
            }
        }
    )*};
}
operators! {
    Filter<M, P>, Filter<M, Q>, P, Q; [P: Place, Q: Place]
    Filter<M, P>, Column<M, bool, L>, P, Anywhere; [P: Place, L: Kind]
    Filter<M, P>, Expr<M, bool, L, Q>, P, Q; [P: Place, L: Kind, Q: Place]
    Column<M, bool, K>, Filter<M, Q>, Anywhere, Q; [K: Kind, Q: Place]
    Column<M, bool, K>, Column<M, bool, L>, Anywhere, Anywhere; [K: Kind, L: Kind]
    Column<M, bool, K>, Expr<M, bool, L, Q>, Anywhere, Q; [K: Kind, L: Kind, Q: Place]
    Expr<M, bool, K, P>, Filter<M, Q>, P, Q; [K: Kind, P: Place, Q: Place]
    Expr<M, bool, K, P>, Column<M, bool, L>, P, Anywhere; [K: Kind, P: Place, L: Kind]
    Expr<M, bool, K, P>, Expr<M, bool, L, Q>, P, Q; [K: Kind, P: Place, L: Kind, Q: Place]
}

/// The condition does not hold. As in SQL, a condition that NULL makes unknown stays unknown.
impl<M, P> Not for Filter<M, P> {
    type Output = Self;
    fn not(self) -> Self {
        Self::new(self.parts.between("(NOT ", ")"))
    }
}

/// `!Customer::ACTIVE`: the column is false.
impl<M, K: Kind> Not for Column<M, bool, K> {
    type Output = Filter<M>;
    fn not(self) -> Filter<M> {
        not(self)
    }
}

/// `!Order::INVOICE.column(Invoice::PAID)`: the expression is false.
impl<M, K: Kind, P: Place> Not for Expr<M, bool, K, P> {
    type Output = Filter<M, P>;
    fn not(self) -> Filter<M, P> {
        not(self)
    }
}

/// The condition does not hold: `not(Customer::ACTIVE)`.
pub fn not<M, P: Place>(filter: impl IntoFilter<M, P>) -> Filter<M, P> {
    !filter.into_filter()
}

impl<M, P> Clone for Filter<M, P> {
    fn clone(&self) -> Self {
        Self::new(self.parts.clone())
    }
}

impl<M, P> fmt::Debug for Filter<M, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filter({:?})", self.parts)
    }
}

/// As a value, a condition is true where it holds, and false where it does not or NULL makes it unknown. As such it can
/// be selected, sorted by and grouped by: `Post::query().select((Post::TITLE, Post::FAVORITES.any(…)))`.
impl<M, P: Place> Expression<M, P> for Filter<M, P> {
    type Value = bool;
    type Kind = NotNull;

    fn into_parts(self) -> Parts {
        self.parts.between("(", " IS TRUE)")
    }

    fn sql_type(&self) -> SqlType {
        SqlType::BOOL
    }
}

/// What a query can be filtered by: a [`Filter`], or a column of type `bool`; or an `Option` of either, where `None` is
/// no condition.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no condition on `{M}`",
    label = "expected a condition made of `{M}`'s own columns, or such a column of type `bool`",
    note = "a condition on another table goes along a relation: `Order::ITEMS.any(Item::SKU.eq(…))`; on the row that a key \
            refers to, joined or not: `Item::ORDER.column(Order::STATUS).eq(…)`",
    note = "rows of a table without a foreign key stand beside a row under a name: `other.on(…).exists()` after \
            `let other = Item::alias(\"other\");`; rows of another database are loaded by a query of their own",
    note = "conditions are joined by `.or(…)` or `|`, and by `.and(…)` or `&`: Rust keeps `||` and `&&` for `bool`"
)]
pub trait IntoFilter<M, P: Place = Anywhere> {
    /// The condition.
    fn into_filter(self) -> Filter<M, P>;

    /// The condition; `None` if there is none.
    #[doc(hidden)]
    fn into_condition(self) -> Option<Filter<M, P>>
    where
        Self: Sized,
    {
        Some(self.into_filter())
    }
}

/// `None` lets every row through.
impl<M, P: Place, F: IntoFilter<M, P>> IntoFilter<M, P> for Option<F> {
    fn into_filter(self) -> Filter<M, P> {
        self.into_condition().unwrap_or_else(|| Filter::new(Parts::default().text("true")))
    }

    fn into_condition(self) -> Option<Filter<M, P>> {
        self.and_then(F::into_condition)
    }
}

impl<M, P: Place> IntoFilter<M, P> for Filter<M, P> {
    fn into_filter(self) -> Self {
        self
    }
}

impl<M, K: Kind> IntoFilter<M> for Column<M, bool, K> {
    fn into_filter(self) -> Filter<M> {
        Filter::new(self.into_parts())
    }
}

impl<M, K: Kind, P: Place> IntoFilter<M, P> for Expr<M, bool, K, P> {
    fn into_filter(self) -> Filter<M, P> {
        Filter::new(self.parts)
    }
}
