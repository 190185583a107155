//! Lists of expressions: one expression, or a tuple.

use super::{Aggregate, Anywhere, Expr, Expression, Filter, InHaving, Place};
use crate::{
    model::{Column, Kind, tuples},
    sql::Parts,
};

/// An expression over `M`, or a tuple of them: what rows are grouped, made distinct or partitioned by.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of expressions over the columns of `{M}`",
    label = "expected a column or expression of `{M}`, or a tuple of up to twelve of them",
    note = "a column of the one row that a relation leads to, joined or not, is `Item::ORDER.column(Order::STATUS)`; of several \
            rows, begin at these: `Item::query().join(Item::ORDER)`"
)]
pub trait Expressions<M> {
    /// The places of a query in which all of them can stand.
    type Place: Place;

    /// The text and values of each expression.
    #[doc(hidden)]
    fn into_list(self) -> Vec<Parts>;

    /// Adds each expression to `list`.
    #[doc(hidden)]
    fn add_to_list(self, list: &mut Vec<Parts>)
    where
        Self: Sized,
    {
        list.append(&mut self.into_list());
    }
}

macro_rules! single {
    ($([$($generics:tt)*] $name:ty, $place:ty;)*) => {$(
        impl<M, T, K: Kind, $($generics)*> Expressions<M> for $name {
            type Place = $place;

            fn into_list(self) -> Vec<Parts> {
                vec![self.into_parts()]
            }

            fn add_to_list(self, list: &mut Vec<Parts>) {
                list.push(self.into_parts());
            }
        }
    )*};
}

single! {
    [] Column<M, T, K>, Anywhere;
    [P: Place] Expr<M, T, K, P>, P;
    [] Aggregate<M, T, K>, InHaving;
}

impl<M, P: Place> Expressions<M> for Filter<M, P> {
    type Place = P;

    fn into_list(self) -> Vec<Parts> {
        vec![self.into_parts()]
    }
}

/// The places of all expressions of a tuple.
macro_rules! places {
    ($first:ident) => { <$first as Expressions<M>>::Place };
    ($first:ident, $($rest:ident),+) => {
        <<$first as Expressions<M>>::Place as Place>::With<places!($($rest),+)>
    };
}

macro_rules! tuple {
    ($($name:ident $value:ident $at:tt),+) => {
        impl<M, $($name: Expressions<M>),+> Expressions<M> for ($($name,)+) {
            type Place = places!($($name),+);

            fn into_list(self) -> Vec<Parts> {
                let mut list = Vec::with_capacity([$($at),+].len());
                $(self.$at.add_to_list(&mut list);)+
                list
            }
        }
    };
}

tuples!(up to 12: tuple);
