//! What a domain is over: the driver's own types know nothing of domains.

use std::borrow::Cow;

use postgres_types::{Kind, Type};

/// What a domain is over, through all its layers.
pub(crate) fn base(ty: &Type) -> &Type {
    match ty.kind() {
        Kind::Domain(inner) => base(inner),
        _ => ty,
    }
}

/// The type that a value is read as: without the domains at its surface, and without those of an array's elements.
///
/// A column of a domain comes as what the domain is over, but an array of a domain comes as such
/// (<https://www.postgresql.org/docs/current/domains.html>); its elements look the same.
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
