//! Lists of expressions: one expression, or a tuple.

use super::{Aggregate, Expr, Expression, Filter, Place};
use crate::{
    model::{Column, Kind, tuples},
    sql::Parts,
};

/// An expression over `M`, or a tuple of them: what rows are grouped, made distinct or partitioned by.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of expressions over the columns of `{M}`",
    label = "expected a column or expression of `{M}`, or a tuple of up to twelve of them"
)]
pub trait Expressions<M> {
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
    ($([$($place:tt)*] $name:ty;)*) => {$(
        impl<M, T, K: Kind, $($place)*> Expressions<M> for $name {
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
    [] Column<M, T, K>;
    [P: Place] Expr<M, T, K, P>;
    [] Aggregate<M, T, K>;
}

impl<M, P: Place> Expressions<M> for Filter<M, P> {
    fn into_list(self) -> Vec<Parts> {
        vec![self.into_parts()]
    }
}

macro_rules! tuple {
    ($($name:ident $value:ident $at:tt),+) => {
        impl<M, $($name: Expressions<M>),+> Expressions<M> for ($($name,)+) {
            fn into_list(self) -> Vec<Parts> {
                let mut list = Vec::with_capacity([$($at),+].len());
                $(self.$at.add_to_list(&mut list);)+
                list
            }
        }
    };
}

tuples!(up to 12: tuple);
