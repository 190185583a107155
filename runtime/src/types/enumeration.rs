//! Functions that the generated code of enums calls. An enum's binary form is its label (enum_send,
//! src/backend/utils/adt/enum.c).

use std::fmt;

use postgres_types::{IsNull, Kind, Type};

use super::{BoxError, BytesMut};

/// Implements reading and writing a generated enum as its label, in the binary format and as text. One call for each
/// enum, since Rust forbids `impl<E: Enum> FromSql for E`: neither the trait nor the type belongs to this crate.
#[doc(hidden)]
#[macro_export]
macro_rules! enum_by_label {
    ($enum:ty, $name:literal) => {
        impl $crate::types::Enum for $enum {
            const NAME: &'static str = $name;
            const ALL: &'static [Self] = <$enum>::ALL;

            fn label(self) -> &'static str {
                self.as_str()
            }
        }

        impl ::std::fmt::Display for $enum {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for $enum {
            type Err = $crate::types::enumeration::UnknownLabel;

            fn from_str(label: &str) -> ::std::result::Result<Self, Self::Err> {
                $crate::types::enumeration::parse(label)
            }
        }

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

/// A Rust enum generated from a PostgreSQL enum. The generated type has its own `ALL` and `as_str`, which need no
/// trait.
pub trait Enum: Copy + PartialEq + 'static {
    /// The name of the PostgreSQL type.
    const NAME: &'static str;
    /// All variants, in the order of their labels in the database.
    const ALL: &'static [Self];

    /// The variant's label, as the database spells it.
    fn label(self) -> &'static str;

    /// The variant with this label.
    fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|variant| variant.label() == label)
    }
}

/// The enum had no such label when the code was generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownLabel {
    ty: &'static str,
    label: String,
}

impl fmt::Display for UnknownLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ty, label } = self;
        write!(
            f,
            "the enum `{ty}` had no label `{label}` when the code was generated: if the database has it now, bring the \
             manifest's schema up to date and run `ormgen build`"
        )
    }
}

impl std::error::Error for UnknownLabel {}

/// The variant with this label.
///
/// # Errors
/// If the enum has no such label.
pub fn parse<E: Enum>(label: &str) -> Result<E, UnknownLabel> {
    E::from_label(label).ok_or_else(|| UnknownLabel { ty: E::NAME, label: label.to_owned() })
}

/// Decodes a variant.
///
/// # Errors
/// The errors of [`parse`].
pub fn from_sql<E: Enum>(raw: &[u8]) -> Result<E, BoxError> {
    Ok(parse(std::str::from_utf8(raw)?)?)
}

/// Encodes a variant.
///
/// # Errors
/// Never.
pub fn to_sql<E: Enum>(value: &E, out: &mut BytesMut) -> Result<IsNull, BoxError> {
    out.extend_from_slice(value.label().as_bytes());
    Ok(IsNull::No)
}

/// Whether a type is this enum. Labels are not compared: an added label does no harm until a row has it.
pub fn accepts<E: Enum>(ty: &Type) -> bool {
    matches!(ty.kind(), Kind::Enum(_)) && ty.name() == E::NAME
}
