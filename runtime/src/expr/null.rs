//! NULL as a value to store.

use super::{Anywhere, Assign, IntoValue, Operand, SqlValue, typed::type_of};
use crate::{
    model::{Database, Nullable},
    sql::Parts,
};

/// NULL, for a column that may be NULL: `.set(Customer::CITY, NULL)`.
///
/// A bare `None` does not say of which type it is: a text column takes `&str` and `String`, `None` could be an option of
/// either. Compare with `is_null()`, as nothing equals NULL.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{Result, prelude::*};
/// async fn forget_city(id: i64, dbs: &Databases) -> Result<u64> {
///     Customer::find(id).update().set(Customer::CITY, NULL).execute(dbs).await
/// }
/// ```
pub const NULL: Null = Null;

/// The type of [`NULL`].
#[derive(Clone, Copy, Debug)]
pub struct Null;

impl<M, T: SqlValue> Assign<M, T, Nullable> for Null {
    fn into_assigned(self) -> Parts {
        Parts::value(None::<T>)
    }
}

/// What [`is_distinct_from`](super::Comparable::is_distinct_from) compares with, as NULL is a value to it like any other:
/// an [`Operand`], or an `Option` of what stands for a value. `How` tells the two apart.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with a column of type `{T}` of `{M}`",
    label = "expected `{T}`, an `Option` of one, or a column or expression of that type of `{M}`",
    note = "where `{T}` is a type of your own around another, make one of the value: `option.map({T})`"
)]
pub trait OperandOrNull<M, T, How> {
    /// What is written.
    type Operand: Operand<M, T>;

    #[doc(hidden)]
    fn or_null(self) -> Self::Operand;
}

/// Marks what is an operand as it is.
#[derive(Debug)]
pub enum ByOperand {}

/// Marks an `Option`, whose `None` is NULL.
#[derive(Debug)]
pub enum ByOption {}

impl<M, T, R: Operand<M, T>> OperandOrNull<M, T, ByOperand> for R {
    type Operand = R;

    fn or_null(self) -> R {
        self
    }
}

impl<M, T: SqlValue, V: IntoValue<T>> OperandOrNull<M, T, ByOption> for Option<V> {
    type Operand = ValueOrNull<T>;

    fn or_null(self) -> ValueOrNull<T> {
        ValueOrNull(self.map(V::into_value))
    }
}

/// A value, or NULL.
#[derive(Debug)]
pub struct ValueOrNull<T>(Option<T>);

impl<M, T: SqlValue> Operand<M, T> for ValueOrNull<T> {
    type Value = T;
    type Kind = Nullable;
    type Place = Anywhere;
    const IS_VALUE: bool = true;

    fn into_operand(self) -> Parts {
        Parts::value(self.0)
    }

    fn cast<D: Database>(&self) -> Option<&'static str> {
        Some(type_of::<T, D>())
    }
}
