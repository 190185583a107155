//! What the generated code of enums calls. An enum travels as its label
//! (enum_send, src/backend/utils/adt/enum.c).

use std::fmt;

use postgres_types::{IsNull, Kind, Type};

use super::{BoxError, BytesMut};

/// Reads and writes a generated enum as its label. One line for each enum, since Rust forbids
/// `impl<E: Enum> FromSql for E`: neither the trait nor the type is of this crate.
#[doc(hidden)]
#[macro_export]
macro_rules! enum_by_label {
    ($enum:ty) => {
        impl<'a> $crate::types::FromSql<'a> for $enum {
            fn from_sql(
                _: &$crate::types::Type,
                raw: &'a [u8],
            ) -> ::std::result::Result<Self, $crate::types::BoxError> {
                $crate::types::enumeration::from_sql(raw)
            }

            fn accepts(ty: &$crate::types::Type) -> bool {
                $crate::types::enumeration::accepts::<Self>(ty)
            }
        }

        impl $crate::types::ToSql for $enum {
            fn to_sql(
                &self,
                _: &$crate::types::Type,
                out: &mut $crate::types::BytesMut,
            ) -> ::std::result::Result<$crate::types::IsNull, $crate::types::BoxError> {
                $crate::types::enumeration::to_sql(self, out)
            }

            fn accepts(ty: &$crate::types::Type) -> bool {
                $crate::types::enumeration::accepts::<Self>(ty)
            }

            $crate::types::to_sql_checked!();
        }
    };
}

#[doc(hidden)]
pub use enum_by_label;

/// A Rust enum generated from a PostgreSQL one.
pub trait Enum: Copy + PartialEq + 'static {
    /// The type's name.
    const NAME: &'static str;
    /// Each label and its variant, in the database's order.
    const LABELS: &'static [(&'static str, Self)];

    /// The label as the database spells it.
    fn label(self) -> &'static str {
        // Every variant is listed: the generated code makes both from the same labels.
        Self::LABELS.iter().find(|(_, variant)| *variant == self).map_or("", |(label, _)| label)
    }

    /// The variant of a label.
    fn from_label(label: &str) -> Option<Self> {
        Self::LABELS.iter().find(|(known, _)| *known == label).map(|(_, variant)| *variant)
    }
}

/// A label that the enum did not have when the code was generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownLabel {
    ty: &'static str,
    label: String,
}

impl fmt::Display for UnknownLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the enum `{}` had no label `{}` when the code was generated", self.ty, self.label)
    }
}

impl std::error::Error for UnknownLabel {}

/// Reads a variant.
///
/// # Errors
/// If the label is none of the enum's.
pub fn from_sql<E: Enum>(raw: &[u8]) -> Result<E, BoxError> {
    let label = std::str::from_utf8(raw)?;
    E::from_label(label).ok_or_else(|| UnknownLabel { ty: E::NAME, label: label.to_owned() }.into())
}

/// Writes a variant.
///
/// # Errors
/// Never.
pub fn to_sql<E: Enum>(value: &E, out: &mut BytesMut) -> Result<IsNull, BoxError> {
    out.extend_from_slice(value.label().as_bytes());
    Ok(IsNull::No)
}

/// Whether a type is this enum. Labels are not compared: one that is added does no harm before it is used.
pub fn accepts<E: Enum>(ty: &Type) -> bool {
    matches!(ty.kind(), Kind::Enum(_)) && ty.name() == E::NAME
}
