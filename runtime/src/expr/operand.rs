//! What may stand on the right of an operator, and what may be stored in a column.

use super::{Anywhere, ComparesWith, Expr, Expression, IntoValue, Place, SqlValue, typed::type_of, values};
use crate::{
    model::{Column, Database, Generated, Kind, NotNull, Nullable},
    sql::{Parts, SqlType},
    types::PointRange,
};

/// A value of type `T`, or an expression over `M` with such a value or one that the server [compares](ComparesWith) with
/// it.
///
/// A function that compares with any operand of a row, and returns a `Filter<M>`, takes an
/// `impl Operand<M, T, Place = Anywhere>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with a column of type `{T}` of `{M}`",
    label = "expected `{T}`, or a column or expression of that type of `{M}`",
    note = "a value of another type is converted into the column's: a number by `i32::try_from(n)?`, `i64::from(n)`, \
            `n as f32`, `Decimal::from(n)`, a text by `text.parse::<{T}>()?`, a `char` or a `Uuid` beside a text by `.to_string()`",
    note = "where `{T}` is a type of your own around another, make one of the value: `{T}(value)`",
    note = "a time beside a `timestamp` without time zone is `time.naive_utc()`, one of another zone `time.to_utc()`; a date \
            beside a time is `day.and_time(NaiveTime::MIN)`, with `.and_utc()` beside a `timestamptz`; a length of time is \
            `seconds(3)`, `days(1)` of `ormgen_runtime::functions`",
    note = "an `Option` is no operand: SQL's NULL equals nothing; use `is_null()`, or `is_not_distinct_from(option)`, where \
            NULL equals NULL; for a filter that is left out where it is `None`, \
            `.filter(name.map(|name| Person::NAME.eq(name)))`",
    note = "nor is a column of another table: a relation leads there, `Item::ORDER.column(Order::STATUS)`"
)]
pub trait Operand<M, T> {
    /// The type of its values.
    type Value;
    /// Whether the operand may be NULL.
    type Kind: Kind;
    /// The places of a query in which the operand can stand.
    type Place: Place;

    /// Whether it is a value, and no expression.
    #[doc(hidden)]
    const IS_VALUE: bool = false;

    /// The text and values to be written.
    #[doc(hidden)]
    fn into_operand(self) -> Parts;

    /// The SQL type that a value has to be cast to where the server could not infer its type; none for an expression.
    #[doc(hidden)]
    fn cast<D: Database>(&self) -> Option<&'static str> {
        None
    }

    /// The SQL type of an expression, if it is known.
    #[doc(hidden)]
    fn own_type(&self) -> SqlType {
        SqlType::default()
    }

    /// An array with this as its only element.
    #[doc(hidden)]
    fn into_array(self) -> Parts
    where
        Self: Sized,
    {
        self.into_operand().between("ARRAY[", "]")
    }

    /// The value as a range that has no other; an expression stays as it is.
    #[doc(hidden)]
    fn into_point(self) -> Parts
    where
        Self: Sized,
    {
        self.into_operand()
    }
}

impl<M, T: SqlValue> Operand<M, T> for T {
    type Value = T;
    type Kind = NotNull;
    type Place = Anywhere;
    const IS_VALUE: bool = true;

    fn into_operand(self) -> Parts {
        Parts::value(self)
    }

    fn cast<D: Database>(&self) -> Option<&'static str> {
        Some(type_of::<T, D>())
    }

    fn into_array(self) -> Parts {
        Parts::value(vec![self])
    }

    fn into_point(self) -> Parts {
        Parts::value(PointRange(self))
    }
}

impl<M, T: SqlValue + Clone> Operand<M, T> for &T {
    type Value = T;
    type Kind = NotNull;
    type Place = Anywhere;
    const IS_VALUE: bool = true;

    fn into_operand(self) -> Parts {
        Parts::value(self.clone())
    }

    fn cast<D: Database>(&self) -> Option<&'static str> {
        Some(type_of::<T, D>())
    }

    fn into_array(self) -> Parts {
        Parts::value(vec![self.clone()])
    }

    fn into_point(self) -> Parts {
        Parts::value(PointRange(self.clone()))
    }
}

/// Lets values of one type be operands of a column of another, and be stored in it, as [`IntoValue`] converts them.
macro_rules! stands_for {
    ($([$($generics:tt)*] $from:ty => $to:ty;)*) => {$(
        impl<M, $($generics)*> $crate::expr::Operand<M, $to> for $from {
            type Value = $to;
            type Kind = $crate::model::NotNull;
            type Place = $crate::expr::Anywhere;
            const IS_VALUE: bool = true;

            fn into_operand(self) -> $crate::sql::Parts {
                $crate::sql::Parts::value($crate::expr::IntoValue::<$to>::into_value(self))
            }

            fn cast<D: $crate::model::Database>(&self) -> Option<&'static str> {
                Some($crate::expr::typed::type_of::<$to, D>())
            }

            fn into_array(self) -> $crate::sql::Parts {
                $crate::sql::Parts::value(vec![$crate::expr::IntoValue::<$to>::into_value(self)])
            }

            fn into_point(self) -> $crate::sql::Parts {
                let value = $crate::expr::IntoValue::<$to>::into_value(self);
                $crate::sql::Parts::value($crate::types::PointRange(value))
            }
        }

        impl<M, K, $($generics)*> $crate::expr::Assign<M, $to, K> for $from {
            fn into_assigned(self) -> $crate::sql::Parts {
                $crate::sql::Parts::value($crate::expr::IntoValue::<$to>::into_value(self))
            }
        }
    )*};
}
pub(super) use stands_for;

/// Lets lists of values, or of what stands for them, be operands of an array column, and be stored in it.
macro_rules! lists {
    ($([$($generics:tt)*] $list:ty;)*) => {$(
        impl<M, T, X, $($generics)*> Operand<M, Vec<T>> for $list
        where
            X: IntoValue<T> + Clone,
            Vec<T>: SqlValue,
        {
            type Value = Vec<T>;
            type Kind = NotNull;
            type Place = Anywhere;
            const IS_VALUE: bool = true;

            fn into_operand(self) -> Parts {
                Parts::value(values::<T>(self.iter().cloned()))
            }

            fn cast<D: Database>(&self) -> Option<&'static str> {
                Some(type_of::<Vec<T>, D>())
            }
        }

        impl<M, K, T, X, $($generics)*> Assign<M, Vec<T>, K> for $list
        where
            X: IntoValue<T> + Clone,
            Vec<T>: SqlValue,
        {
            fn into_assigned(self) -> Parts {
                Parts::value(values::<T>(self.iter().cloned()))
            }
        }
    )*};
}

lists! {
    [const N: usize] [X; N];
    [const N: usize] &[X; N];
    [] &[X];
}

impl<M> Operand<M, Vec<String>> for Vec<&str> {
    type Value = Vec<String>;
    type Kind = NotNull;
    type Place = Anywhere;
    const IS_VALUE: bool = true;

    fn into_operand(self) -> Parts {
        Parts::value(values::<String>(self))
    }

    fn cast<D: Database>(&self) -> Option<&'static str> {
        Some(type_of::<Vec<String>, D>())
    }
}

impl<M, T: ComparesWith<U>, U, K: Kind> Operand<M, T> for Column<M, U, K> {
    type Value = U;
    type Kind = K;
    type Place = Anywhere;

    fn into_operand(self) -> Parts {
        self.into_parts()
    }

    fn own_type(&self) -> SqlType {
        SqlType::of(&self.def)
    }
}

impl<M, T: ComparesWith<U>, U, K: Kind, P: Place> Operand<M, T> for Expr<M, U, K, P> {
    type Value = U;
    type Kind = K;
    type Place = P;

    fn into_operand(self) -> Parts {
        self.parts
    }

    fn own_type(&self) -> SqlType {
        self.sql_type
    }
}

/// A value or an expression that a column of type `T` and kind `K` may be set to.
#[diagnostic::on_unimplemented(
    message = "a column of `{T}` ({K}) cannot be set to `{Self}`",
    label = "expected `{T}`, or an expression of that type over columns of `{M}`",
    note = "a value of another type is converted into the column's: a number by `i32::try_from(n)?`, `i64::from(n)`, \
            `n as f32`, `Decimal::from(n)`, a `char` or a `Uuid` for a text by `.to_string()`, a time for a `timestamp` without \
            time zone by `.naive_utc()`; where `{T}` is a type of your own around another, by `{T}(value)`",
    note = "only a column that may be NULL takes an `Option`, and of its own type or of a `&str`: `.cloned()` or `.as_deref()` \
            makes it one, and `.set_some(…)` takes one whose `None` changes nothing; to store NULL, `NULL` of `ormgen_runtime::functions` does in any case",
    note = "an array is an array, a slice or a `Vec` of the column's own values: `[\"a\", \"b\"]` or `&texts` for texts, \
            `Vec::new()` for an empty one; a range is `Range::from(a..b)`; \
            several columns have a `.set(…)` each",
    note = "an expression of another type is cast: `.cast_to::<…>()`; a date with an `Interval` added is a time, and a date \
            again by `(today() - days(30)).cast_to::<NaiveDate>()`, or at once by `today() - 30`",
    note = "an aggregate or a window function is no value of one row: set the column to one of another query, \
            `….select(max(…)).scalar()`, or of related rows, `Order::ITEMS.count()`"
)]
pub trait Assign<M, T, K> {
    /// The text and values to be written.
    #[doc(hidden)]
    fn into_assigned(self) -> Parts;
}

impl<M, K, T: SqlValue> Assign<M, T, K> for T {
    fn into_assigned(self) -> Parts {
        Parts::value(self)
    }
}

impl<M, K, T: SqlValue + Clone> Assign<M, T, K> for &T {
    fn into_assigned(self) -> Parts {
        Parts::value(self.clone())
    }
}

impl<M, T: SqlValue> Assign<M, T, Nullable> for Option<T> {
    fn into_assigned(self) -> Parts {
        Parts::value(self)
    }
}

impl<M, T, K, L: Kind> Assign<M, T, K> for Column<M, T, L>
where
    L: Fits<K>,
{
    fn into_assigned(self) -> Parts {
        self.into_parts()
    }
}

impl<M, T, K, L: Fits<K>> Assign<M, T, K> for Expr<M, T, L> {
    fn into_assigned(self) -> Parts {
        self.parts
    }
}

/// A kind whose expressions may be stored in a column of kind `K`.
#[diagnostic::on_unimplemented(
    message = "an expression that may be NULL does not fit a column that may not",
    label = "this may be NULL, and the column it is for may not",
    note = "give the value to store in place of NULL by `coalesce` of `ormgen_runtime::functions`: \
            `coalesce(Customer::CITY, \"unknown\")`"
)]
pub trait Fits<K>: Kind {}

impl Fits<NotNull> for NotNull {}
impl Fits<NotNull> for Generated {}
impl<K: Kind> Fits<Nullable> for K {}
