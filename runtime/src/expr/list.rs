//! One expression or several.

use super::{Aggregate, Expr, Expression};
use crate::{
    model::{Column, Kind},
    sql::Parts,
};

/// An expression over `M`, or a tuple of them: what rows are grouped, told apart or partitioned by.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of expressions over the columns of `{M}`",
    label = "expected a column or expression of `{M}`, or a tuple of up to twelve of them"
)]
pub trait Expressions<M> {
    /// Each one's text and values.
    #[doc(hidden)]
    fn into_list(self) -> Vec<Parts>;
}

macro_rules! single {
    ($($name:ident)*) => {$(
        impl<M, T, K: Kind> Expressions<M> for $name<M, T, K> {
            fn into_list(self) -> Vec<Parts> {
                vec![self.into_parts()]
            }
        }
    )*};
}

single!(Column Expr Aggregate);

macro_rules! tuple {
    ($($name:ident)+) => {
        impl<M, $($name: Expression<M>),+> Expressions<M> for ($($name,)+) {
            #[allow(non_snake_case, reason = "a field is called as its type")]
            fn into_list(self) -> Vec<Parts> {
                let ($($name,)+) = self;
                vec![$($name.into_parts()),+]
            }
        }
    };
}

tuple!(A);
tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);
tuple!(A B C D E F G);
tuple!(A B C D E F G H);
tuple!(A B C D E F G H I);
tuple!(A B C D E F G H I J);
tuple!(A B C D E F G H I J L);
tuple!(A B C D E F G H I J L N);
