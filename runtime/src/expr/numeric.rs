//! What a column of [`Numeric`] is compared with and set to, beside its own values: a number need not be turned into one.

use super::{Assign, Operand};
use crate::{
    model::{EnumDef, NotNull, Nullable},
    sql::Parts,
    types::Numeric,
};

macro_rules! numbers {
    ($($number:ty),+) => {$(
        // A number that is compared with another type is not to be explained by this one.
        #[diagnostic::do_not_recommend]
        impl<M> Operand<M, Numeric> for $number {
            type Kind = NotNull;

            fn into_operand(self) -> Parts {
                Parts::value(Numeric::from(self))
            }

            fn cast(&self, _: &'static [EnumDef]) -> Option<&'static str> {
                Some("numeric")
            }

            fn into_array(self) -> Parts {
                Parts::value(vec![Numeric::from(self)])
            }
        }

        #[diagnostic::do_not_recommend]
        impl<M, K> Assign<M, Numeric, K> for $number {
            fn into_assigned(self) -> Parts {
                Parts::value(Numeric::from(self))
            }
        }

        impl<M> Assign<M, Numeric, Nullable> for Option<$number> {
            fn into_assigned(self) -> Parts {
                Parts::value(self.map(Numeric::from))
            }
        }
    )+};
}

// One integer type alone: a literal has a type of its own then.
numbers!(i64);

#[cfg(feature = "decimal")]
numbers!(crate::types::Decimal);
