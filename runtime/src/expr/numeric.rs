//! Rust's numbers, which a column of `numeric` is compared with and set to without a conversion by the program.

use super::{Anywhere, Assign, IntoValue, Operand, SqlValue, typed::type_of};
use crate::{
    model::{Database, NotNull, Nullable},
    sql::Parts,
    types::{Numeric, PointRange},
};

/// A type of columns that takes numbers of type `N` without a conversion by the program: [`Numeric`], and whole
/// numbers for a `Decimal`.
///
/// The implementations of [`Operand`] and [`Assign`] for numbers ask for it in place of `Numeric`: so a number that does
/// not fit a column is reported in these words.
#[diagnostic::on_unimplemented(
    message = "a number of type `{N}` does not fit a column of type `{Self}`",
    label = "expected `{Self}`, or a column or expression of that type",
    note = "a number of another type is converted: an `i64` by `i32::try_from(n)?`, `i16::try_from(n)?`, `n as f64`, a \
            `Decimal` by `i64::try_from(n)?`, `f64::try_from(n)?`; a column of floats takes `1.0`, one of texts `\"1\"`",
    note = "where `{Self}` is a type of your own around another, make one of the number: `{Self}(value)`",
    note = "a number in a JSON document is read first: `Customer::SETTINGS.text_at([\"size\"]).cast_to::<i64>().gt(3)`"
)]
pub trait NumberType<N>: SqlValue {
    /// The number as a value of this type.
    #[doc(hidden)]
    fn of(number: N) -> Self;
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl NumberType<$number> for Numeric {
            fn of(number: $number) -> Self {
                Self::from(number)
            }
        }

        impl<M, T: NumberType<$number>> Operand<M, T> for $number {
            type Value = T;
            type Kind = NotNull;
            type Place = Anywhere;
            const IS_VALUE: bool = true;

            fn into_operand(self) -> Parts {
                Parts::value(T::of(self))
            }

            fn cast<D: Database>(&self) -> Option<&'static str> {
                Some("numeric")
            }

            fn into_array(self) -> Parts {
                Parts::value(vec![T::of(self)])
            }

            fn into_point(self) -> Parts {
                Parts::value(PointRange(T::of(self)))
            }
        }

        impl<M, K, T: NumberType<$number>> Assign<M, T, K> for $number {
            fn into_assigned(self) -> Parts {
                Parts::value(T::of(self))
            }
        }

        impl<M> Assign<M, Numeric, Nullable> for Option<$number> {
            fn into_assigned(self) -> Parts {
                Parts::value(self.map(Numeric::from))
            }
        }

        impl IntoValue<Numeric> for $number {
            fn into_value(self) -> Numeric {
                self.into()
            }
        }
    )+};
}

// Only one integer type, so that the compiler can infer the type of a literal.
numbers!(i64);

#[cfg(feature = "decimal")]
numbers!(crate::types::Decimal);

/// Every `i64` is a `Decimal`, exactly.
#[cfg(feature = "decimal")]
impl NumberType<i64> for crate::types::Decimal {
    fn of(number: i64) -> Self {
        Self::from(number)
    }
}

#[cfg(feature = "decimal")]
impl IntoValue<crate::types::Decimal> for i64 {
    fn into_value(self) -> crate::types::Decimal {
        self.into()
    }
}

/// A type of columns that takes numbers of floating point without a conversion by the program. There is none: a `Decimal`
/// is exact, and 1.1 is not. The compiler says so where a program writes such a number beside a column of another type.
#[diagnostic::on_unimplemented(
    message = "a number of type `f64` does not fit a column of type `{Self}`",
    label = "expected `{Self}`, or a column or expression of that type",
    note = "where `{Self}` is a type of your own around another, make one of the number: `{Self}(value)`",
    note = "99.5 as a `Decimal` is `Decimal::new(995, 1)`, or `dec!(99.5)` by the macro of the crate `rust_decimal`; as a \
            `Numeric` it is `\"99.5\".parse::<Numeric>()?`",
    note = "an `f64` that is known at run time is rounded by `Decimal::try_from(x)?`",
    note = "a column of whole numbers goes beside a fraction as a type that has them: \
            `Item::QUANTITY.cast_to::<f64>() * 1.5`"
)]
pub trait FractionType: SqlValue {
    /// The number as a value of this type.
    #[doc(hidden)]
    fn of(number: f64) -> Self;
}

impl<M, T: FractionType> Operand<M, T> for f64 {
    type Value = T;
    type Kind = NotNull;
    type Place = Anywhere;
    const IS_VALUE: bool = true;

    fn into_operand(self) -> Parts {
        Parts::value(T::of(self))
    }

    fn cast<D: Database>(&self) -> Option<&'static str> {
        Some(type_of::<T, D>())
    }
}

impl<M, K, T: FractionType> Assign<M, T, K> for f64 {
    fn into_assigned(self) -> Parts {
        Parts::value(T::of(self))
    }
}
