//! Rust's numbers, which a column of [`Numeric`] is compared with and set to without a conversion by the program.

use super::{Assign, Operand};
use crate::{
    model::{EnumDef, NotNull, Nullable},
    sql::Parts,
    types::Numeric,
};

macro_rules! numbers {
    ($($number:ty),+) => {$(
        // The compiler shall not suggest this implementation where a number is compared with a column of another type.
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

// Only one integer type, so that the compiler can infer the type of a literal.
numbers!(i64);

#[cfg(feature = "decimal")]
numbers!(crate::types::Decimal);
