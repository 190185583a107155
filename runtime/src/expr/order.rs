//! The order of rows.

use std::{fmt, marker::PhantomData};

use super::{Aggregate, Anywhere, Expr, Expression, Expressions, Filter, Place};
use crate::{
    model::{Column, Kind, tuples},
    sql::{Parts, SqlWriter},
};

/// One term of an `ORDER BY`.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::OrderBy;
///
/// /// A list's order, as a visitor may choose it.
/// fn order(by: &str) -> OrderBy<Customer> {
///     match by {
///         "name" => Customer::NAME.asc(),
///         _ => Customer::VISITS.desc(),
///     }
/// }
///
/// let query = Customer::query().order_by(order("name"));
/// # let _ = query;
/// ```
pub struct OrderBy<M> {
    /// What is sorted by, without its direction.
    pub(crate) by: Parts,
    direction: &'static str,
    nulls: &'static str,
    model: PhantomData<fn() -> M>,
}

const DESCENDING: &str = " DESC";

impl<M> OrderBy<M> {
    pub(crate) fn new(by: Parts, is_descending: bool) -> Self {
        let direction = if is_descending { DESCENDING } else { " ASC" };
        Self { by, direction, nulls: "", model: PhantomData }
    }

    /// Sorts NULL before all other values.
    #[must_use]
    pub fn nulls_first(self) -> Self {
        Self { nulls: " NULLS FIRST", ..self }
    }

    /// Sorts NULL after all other values.
    #[must_use]
    pub fn nulls_last(self) -> Self {
        Self { nulls: " NULLS LAST", ..self }
    }

    pub(crate) fn descending(self) -> Self {
        Self { direction: DESCENDING, ..self }
    }

    /// The same order, by the selected column at this place.
    pub(crate) fn at(&self, place: u16) -> Self {
        Self { by: Parts::position(place), ..*self }
    }

    pub(crate) fn into_parts(self) -> Parts {
        self.by.sorting().text(self.direction).text(self.nulls)
    }

    pub(crate) fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        if let Some(why) = self.by.why_unsorted() {
            sql.refuse(why);
        }
        self.by.write(sql);
        sql.push(self.direction).push(self.nulls);
    }

    /// Whether both sort alike.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.by == other.by && self.direction == other.direction && self.nulls == other.nulls
    }
}

impl<M> Clone for OrderBy<M> {
    fn clone(&self) -> Self {
        Self { by: self.by.clone(), ..*self }
    }
}

impl<M> fmt::Debug for OrderBy<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrderBy({:?}{}{})", self.by, self.direction, self.nulls)
    }
}

/// What rows are sorted by: a column or an expression, smallest first as in SQL, or an [`OrderBy`], which says the
/// direction; or several of them as a tuple or a list, where the first decides; or an `Option` of any of these, where
/// `None` adds no order.
#[diagnostic::on_unimplemented(
    message = "the rows of `{M}` cannot be sorted by `{Self}`",
    label = "expected a column or expression of `{M}`, with `.desc()` for the largest first, or a tuple of them",
    note = "the name of a column, from a request, say, is `Customer::order(\"name\")?`",
    note = "a column of the one row that a relation leads to, joined or not, is `Item::ORDER.column(Order::STATUS)`; of several \
            rows, begin at these: `Item::query().join(Item::ORDER)`"
)]
pub trait IntoOrder<M> {
    /// Adds the terms to `order`.
    #[doc(hidden)]
    fn add_to(self, order: &mut Vec<OrderBy<M>>);
}

impl<M> IntoOrder<M> for OrderBy<M> {
    fn add_to(self, order: &mut Vec<OrderBy<M>>) {
        order.push(self);
    }
}

/// What is sorted by ascending where no direction is said.
macro_rules! ascending {
    ($([$($generics:tt)*] $name:ty;)*) => {$(
        impl<M, $($generics)*> IntoOrder<M> for $name {
            fn add_to(self, order: &mut Vec<OrderBy<M>>) {
                order.push(self.asc());
            }
        }
    )*};
}

ascending! {
    [T, K: Kind] Column<M, T, K>;
    [T, K: Kind, P: Place] Expr<M, T, K, P>;
    [T, K: Kind] Aggregate<M, T, K>;
    [P: Place] Filter<M, P>;
    [] Ordinal;
}

impl<M, O: IntoOrder<M>> IntoOrder<M> for Option<O> {
    fn add_to(self, order: &mut Vec<OrderBy<M>>) {
        if let Some(more) = self {
            more.add_to(order);
        }
    }
}

impl<M, O: IntoOrder<M>> IntoOrder<M> for Vec<O> {
    fn add_to(self, order: &mut Vec<OrderBy<M>>) {
        self.into_iter().for_each(|more| more.add_to(order));
    }
}

macro_rules! orders {
    ($($name:ident $value:ident $at:tt),+) => {
        impl<M, $($name: IntoOrder<M>),+> IntoOrder<M> for ($($name,)+) {
            fn add_to(self, order: &mut Vec<OrderBy<M>>) {
                $(self.$at.add_to(order);)+
            }
        }
    };
}

tuples!(up to 6: orders);

/// The two directions in which an expression sorts rows.
pub trait Orderable<M, P: Place = Anywhere>: Expression<M, P> {
    /// Smallest first; NULL comes last.
    fn asc(self) -> OrderBy<M> {
        OrderBy::new(self.into_parts(), false)
    }

    /// Largest first; NULL comes first.
    fn desc(self) -> OrderBy<M> {
        OrderBy::new(self.into_parts(), true)
    }
}

impl<M, P: Place, E: Expression<M, P>> Orderable<M, P> for E {}

/// A selected column by its place, counted from 1: as an order, `position(2).desc()`, or to group by,
/// `group_by(position(1))`.
///
/// This can sort by a column that has no name, as in the rows of a set operation.
pub fn position(column: u16) -> Ordinal {
    Ordinal(column)
}

/// The place of a selected column, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ordinal(u16);

impl<M> Expressions<M> for Ordinal {
    type Place = Anywhere;

    fn into_list(self) -> Vec<Parts> {
        vec![Parts::position(self.0)]
    }
}

impl Ordinal {
    /// Smallest first; NULL comes last.
    pub fn asc<M>(self) -> OrderBy<M> {
        OrderBy::new(Parts::position(self.0), false)
    }

    /// Largest first; NULL comes first.
    pub fn desc<M>(self) -> OrderBy<M> {
        OrderBy::new(Parts::position(self.0), true)
    }
}
