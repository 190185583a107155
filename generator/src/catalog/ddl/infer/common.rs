//! The common type of several expressions.
//!
//! Manual: "UNION, CASE, and Related Constructs".

use super::{
    super::session::Session,
    kinds::{Given, Kinds},
    types::Type,
};
use crate::catalog::builtins::TypeRef;

/// One type for several expressions, as the branches of a CASE or a UNION's columns have it.
pub(super) fn common(session: &Session, types: &[Type]) -> Type {
    if types.contains(&Type::Unknown) {
        return Type::Unknown;
    }
    let mut known = types.iter().filter(|ty| **ty != Type::Literal);
    let Some(first) = known.next() else { return Type::Literal };
    let with_literals = types.contains(&Type::Literal);
    // The modifier stays only where all agree on it; a literal has none.
    if !with_literals && types.iter().all(|ty| ty == first) {
        return first.clone();
    }
    let plain = first.clone().plain();
    if known.clone().all(|ty| ty.clone().plain() == plain) {
        return if with_literals { base(session, plain).plain() } else { plain };
    }
    let kinds = Kinds(session);
    let known: Option<Vec<TypeRef<'_>>> = std::iter::once(first)
        .chain(known)
        .map(|ty| match kinds.given(ty) {
            Given::Known(ty) => Some(ty),
            Given::Literal | Given::Unknown => None,
        })
        .collect();
    known.and_then(|known| kinds.common(&known)).map_or(Type::Unknown, |ty| Type::Known(kinds.sql_type(ty)))
}

/// A domain's base type, which is what a subscript sees.
pub(super) fn base(session: &Session, ty: Type) -> Type {
    let Type::Known(ty) = ty else { return ty };
    let of_ddl = session.catalog.base_type(&ty);
    let kinds = Kinds(session);
    match kinds.reference(&of_ddl).map(|reference| (reference, kinds.base(reference))) {
        // A domain of the server's own.
        Some((reference, based)) if reference != based => Type::Known(kinds.sql_type(based)),
        _ => Type::Known(of_ddl),
    }
}
