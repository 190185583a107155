//! Casts of values to another type: `CAST`.

use super::{Anywhere, Expr, Expression, Place};
use crate::types;

/// Casts of columns and expressions. In scope through the [prelude](crate::prelude).
pub trait Castable<M, P: Place = Anywhere>: Expression<M, P> {
    /// `CAST(… AS type)`: the value as one of another type, `Item::QUANTITY.cast_to::<Decimal>()`.
    ///
    /// The statement fails at a value that cannot be cast: `abc` as a number, a number that is too large.
    fn cast_to<T: CastTarget>(self) -> Expr<M, T, Self::Kind, P> {
        Expr::new(self.into_parts().text(T::AS).between("CAST(", ")"))
    }
}

impl<M, P: Place, E: Expression<M, P>> Castable<M, P> for E {}

/// A type that values can be cast to: a number, text, a time and the like, and a type that
/// [`column_type!`](crate::column_type) declares around one of these.
#[diagnostic::on_unimplemented(
    message = "values cannot be cast to `{Self}`",
    label = "expected a number, text, `bool`, a date, a time, an `Interval`, a `Uuid` or `JsonValue`",
    note = "a type of your own is cast to where `ormgen_runtime::column_type!` declares it around one of these; any other has \
            the values of SQL of yours: `sql(\"\").column(expression).expression::<{Self}, NotNull>()`, which nothing checks"
)]
pub trait CastTarget {
    /// ` AS ` and the type's name in SQL.
    #[doc(hidden)]
    const AS: &'static str;
}

macro_rules! targets {
    ($($rust:ty => $text:literal;)*) => {$(
        impl CastTarget for $rust {
            const AS: &'static str = $text;
        }
    )*};
}

targets! {
    bool => " AS bool";
    i16 => " AS int2";
    i32 => " AS int4";
    i64 => " AS int8";
    f32 => " AS float4";
    f64 => " AS float8";
    String => " AS text";
    types::Numeric => " AS numeric";
    types::Interval => " AS interval";
}

#[cfg(feature = "uuid")]
targets! {
    uuid::Uuid => " AS uuid";
}

#[cfg(feature = "json")]
targets! {
    types::JsonValue => " AS jsonb";
}

#[cfg(feature = "decimal")]
targets! {
    rust_decimal::Decimal => " AS numeric";
}

#[cfg(feature = "chrono")]
targets! {
    chrono::NaiveDate => " AS date";
    chrono::NaiveTime => " AS time";
    chrono::NaiveDateTime => " AS timestamp";
    chrono::DateTime<chrono::Utc> => " AS timestamptz";
}
