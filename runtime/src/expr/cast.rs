//! Values as values of another type: `CAST`.

use std::any::TypeId;

use super::{Expr, Expression};

/// Casts of columns and expressions. In scope through the [prelude](crate::prelude).
pub trait Castable<M>: Expression<M> {
    /// `CAST(… AS type)`: the value as one of another type, `Item::QUANTITY.cast_to::<Decimal>()`.
    ///
    /// The server refuses a value that is none of that type: `abc` as a number, a number that is too large.
    fn cast_to<T: CastTarget>(self) -> Expr<M, T, Self::Kind> {
        Expr::new(self.into_parts().text(T::AS).between("CAST(", ")"))
    }
}

impl<M, E: Expression<M>> Castable<M> for E {}

/// A type that values are cast to.
#[diagnostic::on_unimplemented(
    message = "values cannot be cast to `{Self}`",
    label = "expected a number, text, `bool`, or a date or time"
)]
pub trait CastTarget {
    /// ` AS `, and its name in SQL.
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

/// The cast to `T`, where it is a type that values are cast to; not to text, which the server takes them for anyway, and
/// which stands for other types as well.
pub(super) fn target_of<T: 'static>() -> Option<&'static str> {
    fn target<T: CastTarget + 'static>() -> (TypeId, &'static str) {
        (TypeId::of::<T>(), T::AS)
    }
    let targets = [
        target::<bool>(),
        target::<i16>(),
        target::<i32>(),
        target::<i64>(),
        target::<f32>(),
        target::<f64>(),
        #[cfg(feature = "decimal")]
        target::<rust_decimal::Decimal>(),
        #[cfg(feature = "chrono")]
        target::<chrono::NaiveDate>(),
        #[cfg(feature = "chrono")]
        target::<chrono::NaiveTime>(),
        #[cfg(feature = "chrono")]
        target::<chrono::NaiveDateTime>(),
        #[cfg(feature = "chrono")]
        target::<chrono::DateTime<chrono::Utc>>(),
    ];
    let wanted = TypeId::of::<T>();
    targets.into_iter().find(|(id, _)| *id == wanted).map(|(_, target)| target)
}
