//! The types that domains are based on: the driver's own types cannot decode domains.

use std::borrow::Cow;

use postgres_types::{Kind, Type};

/// The base type of a domain, through all domains in between.
pub(crate) fn base(ty: &Type) -> &Type {
    match ty.kind() {
        Kind::Domain(inner) => base(inner),
        _ => ty,
    }
}

/// The type that a value is decoded as: its base type if it is a domain, and with the base type for its elements if
/// it is an array of a domain.
///
/// The server describes a column of a domain by the domain's base type, but an array of a domain as such
/// (<https://www.postgresql.org/docs/current/domains.html>); the elements have the same binary form.
pub(crate) fn plain(ty: &Type) -> Cow<'_, Type> {
    let ty = base(ty);
    match ty.kind() {
        Kind::Array(element) if matches!(element.kind(), Kind::Domain(_)) => {
            let array = Kind::Array(base(element).clone());
            Cow::Owned(Type::new(ty.name().to_owned(), ty.oid(), array, ty.schema().to_owned()))
        }
        _ => Cow::Borrowed(ty),
    }
}
