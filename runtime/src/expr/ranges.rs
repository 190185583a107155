//! Rust's own ranges, `1..10`, which a column of a range is compared with and set to.

use std::ops;

use super::{Anywhere, Assign, IntoValue, Operand, SqlValue, typed::type_of};
use crate::{
    model::{Database, NotNull, Nullable},
    sql::Parts,
    types,
};

/// One of Rust's ranges as a value that a column can hold.
trait IntoRange<T> {
    fn into_range(self) -> types::Range<T>;
}

macro_rules! ranges {
    ($([$($bound:ident)*] $range:ty;)*) => {$(
        impl<T, $($bound: IntoValue<T>)*> IntoRange<T> for $range {
            fn into_range(self) -> types::Range<T> {
                types::Range::from(self).map(IntoValue::into_value)
            }
        }

        impl<M, T, $($bound: IntoValue<T>)*> Operand<M, types::Range<T>> for $range
        where
            types::Range<T>: SqlValue,
        {
            type Value = types::Range<T>;
            type Kind = NotNull;
            type Place = Anywhere;
            const IS_VALUE: bool = true;

            fn into_operand(self) -> Parts {
                Parts::value(self.into_range())
            }

            fn cast<D: Database>(&self) -> Option<&'static str> {
                Some(type_of::<types::Range<T>, D>())
            }
        }

        impl<M, K, T, $($bound: IntoValue<T>)*> Assign<M, types::Range<T>, K> for $range
        where
            types::Range<T>: SqlValue,
        {
            fn into_assigned(self) -> Parts {
                Parts::value(self.into_range())
            }
        }

        impl<M, T, $($bound: IntoValue<T>)*> Assign<M, types::Range<T>, Nullable> for Option<$range>
        where
            types::Range<T>: SqlValue,
        {
            fn into_assigned(self) -> Parts {
                Parts::value(self.map(IntoRange::into_range))
            }
        }
    )*};
}

ranges! {
    [X] ops::Range<X>;
    [X] ops::RangeInclusive<X>;
    [X] ops::RangeFrom<X>;
    [X] ops::RangeTo<X>;
}
