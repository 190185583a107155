//! Foreign keys between columns of types that the server cannot compare. Only types of the server's own are judged, and
//! only where none of its operators and casts can be meant (`ATAddForeignKeyConstraint`).

use super::session::Session;
use crate::catalog::{
    ForeignKey, QName, SqlType,
    builtins::{self, TypeRef},
};

/// What is wrong with a foreign key whose types surely cannot be compared, and what to do.
pub(super) fn uncomparable(session: &Session, table: &QName, key: &ForeignKey) -> Option<(String, String)> {
    // Equality that the DDL defines may compare what the server's own does not; a period is not compared for equality.
    if key.period || !session.casts.is_empty() || session.operators.contains_key("=") {
        return None;
    }
    let own = session.catalog.tables.get(table)?;
    let target = session.catalog.tables.get(&key.target)?;
    let pairs = key.columns.iter().zip(&key.target_columns);
    let (from, to) = pairs
        .filter_map(|(from, to)| Some((own.column(from)?, target.column(to)?)))
        .find(|(from, to)| are_apart(session, &from.ty, &to.ty))?;
    let message = format!(
        "the foreign key `{}` compares `{}` of type `{}` with `{}.{}` of type `{}`: PostgreSQL cannot",
        key.name, from.name, from.ty, key.target.name, to.name, to.ty
    );
    Some((message, format!("give `{}` the type `{}`", from.name, to.ty)))
}

/// Whether no equality compares these two, whatever the server converts without being told.
fn are_apart(session: &Session, from: &SqlType, to: &SqlType) -> bool {
    let [from, to] = [from, to].map(|ty| session.catalog.base_type(ty));
    let [Some(from), Some(to)] = [&from, &to].map(builtin) else { return false };
    if from.array || to.array {
        return from.array != to.array;
    }
    let to = TypeRef::builtin(compared_as(to.name));
    let mut equal = builtins::operators("=");
    from != to && !builtins::casts(from, to) && !equal.any(|is| is.left == Some(to) && is.right == from)
}

/// A type of the server's own whose equality is not that of a family of types.
fn builtin(ty: &SqlType) -> Option<TypeRef<'_>> {
    let is_own = ty.name.schema == "pg_catalog" && !ty.name.name.ends_with("vector");
    let plain = TypeRef { home: "pg_catalog", name: &ty.name.name, array: ty.array };
    let known = builtins::known(plain).filter(|_| is_own)?;
    (known.kind == 'b').then_some(plain)
}

/// The type whose equality an index on a column of that type uses.
fn compared_as(name: &str) -> &str {
    match name {
        "varchar" => "text",
        "cidr" => "inet",
        _ => name,
    }
}
