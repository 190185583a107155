//! What may stand on the right of an operator, and what may be stored in a column.

use postgres_types::{ToSql, Type};

use super::{Expr, Expression};
use crate::{
    model::{Column, Generated, Kind, NotNull, Nullable},
    sql::Parts,
};

/// A value of type `T`, or an expression over `M` with such a value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with a column of type `{T}` of `{M}`",
    label = "expected `{T}`, or a column or expression of that type of `{M}`",
    note = "an `Option` is no operand: SQL's NULL equals nothing; use `is_null()`, or match on the option",
    note = "nor is a column of another table: a relation leads there, `Item::ORDER.column(Order::STATUS)`"
)]
pub trait Operand<M, T> {
    /// Whether it may be NULL.
    type Kind: Kind;

    /// Its text and values.
    #[doc(hidden)]
    fn into_operand(self) -> Parts;

    /// The same where nothing else may say of what type it is: among the values of a `CASE`.
    #[doc(hidden)]
    fn into_branch(self) -> Parts
    where
        Self: Sized,
    {
        self.into_operand()
    }
}

impl<M, T: ToSql + Sync + Send + 'static> Operand<M, T> for T {
    type Kind = NotNull;

    fn into_operand(self) -> Parts {
        Parts::value(self)
    }

    fn into_branch(self) -> Parts {
        Parts::value(self).text(cast_of::<T>())
    }
}

impl<M> Operand<M, String> for &str {
    type Kind = NotNull;

    fn into_operand(self) -> Parts {
        Parts::value(self.to_owned())
    }

    fn into_branch(self) -> Parts {
        Operand::<M, String>::into_branch(self.to_owned())
    }
}

impl<M> Operand<M, Vec<u8>> for &[u8] {
    type Kind = NotNull;

    fn into_operand(self) -> Parts {
        Parts::value(self.to_owned())
    }

    fn into_branch(self) -> Parts {
        Operand::<M, Vec<u8>>::into_branch(self.to_owned())
    }
}

impl<M, T, K: Kind> Operand<M, T> for Column<M, T, K> {
    type Kind = K;

    fn into_operand(self) -> Parts {
        self.into_parts()
    }
}

impl<M, T, K: Kind> Operand<M, T> for Expr<M, T, K> {
    type Kind = K;

    fn into_operand(self) -> Parts {
        self.parts
    }
}

/// A cast to the type of PostgreSQL's own that values of type `T` are sent as; none where there is no such type.
///
/// Values alone leave a `CASE` without a type, and then it is text
/// (<https://www.postgresql.org/docs/current/typeconv-union-case.html>).
fn cast_of<T: ToSql>() -> &'static str {
    const CASTS: [(Type, &str); 14] = [
        (Type::BOOL, "::bool"),
        (Type::INT2, "::int2"),
        (Type::INT4, "::int4"),
        (Type::INT8, "::int8"),
        (Type::FLOAT4, "::float4"),
        (Type::FLOAT8, "::float8"),
        (Type::NUMERIC, "::numeric"),
        (Type::TEXT, "::text"),
        (Type::BYTEA, "::bytea"),
        (Type::DATE, "::date"),
        (Type::TIME, "::time"),
        (Type::TIMESTAMP, "::timestamp"),
        (Type::TIMESTAMPTZ, "::timestamptz"),
        (Type::UUID, "::uuid"),
    ];
    CASTS.iter().find(|(ty, _)| T::accepts(ty)).map_or("", |(_, cast)| cast)
}

/// What a column of type `T` and kind `K` may be set to.
#[diagnostic::on_unimplemented(
    message = "a column of `{T}` ({K}) cannot be set to `{Self}`",
    label = "expected `{T}`, or an expression of that type over columns of `{M}`",
    note = "only a column that may be NULL takes an `Option`"
)]
pub trait Assign<M, T, K> {
    /// Its text and values.
    #[doc(hidden)]
    fn into_assigned(self) -> Parts;
}

impl<M, K, T: ToSql + Sync + Send + 'static> Assign<M, T, K> for T {
    fn into_assigned(self) -> Parts {
        Parts::value(self)
    }
}

impl<M, T: ToSql + Sync + Send + 'static> Assign<M, T, Nullable> for Option<T> {
    fn into_assigned(self) -> Parts {
        Parts::value(self)
    }
}

impl<M, K> Assign<M, String, K> for &str {
    fn into_assigned(self) -> Parts {
        Parts::value(self.to_owned())
    }
}

impl<M> Assign<M, String, Nullable> for Option<&str> {
    fn into_assigned(self) -> Parts {
        Parts::value(self.map(str::to_owned))
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

/// An expression of this kind may be stored in a column of kind `K`.
#[diagnostic::on_unimplemented(
    message = "an expression that may be NULL does not fit a column that may not",
    label = "this may be NULL, and the column it is for may not"
)]
pub trait Fits<K> {}

impl Fits<NotNull> for NotNull {}
impl Fits<NotNull> for Generated {}
impl<K: Kind> Fits<Nullable> for K {}
