//! Types that no column can have: pseudo-types, and types with a modifier that they do not take.

use super::super::{
    reader::{Ident, Outcome},
    session::Session,
    split::Statement,
    types,
};
use crate::{catalog::SqlType, diagnostics::IMPOSSIBLE_DEFINITION};

/// The types of the server's own that have something in parentheses (`pg_type.typmodin`).
const WITH_MODIFIER: [&str; 10] = [
    "bpchar",
    "varchar",
    "numeric",
    "bit",
    "varbit",
    "time",
    "timetz",
    "timestamp",
    "timestamptz",
    "interval",
];

/// A column can have the type.
pub(super) fn check(session: &Session, statement: &Statement, column: &Ident, ty: &SqlType) -> Outcome {
    let name = &ty.name.name;
    let is_builtin = ty.name.schema == "pg_catalog";
    let takes_none = if is_builtin {
        types::is_builtin(name) && !WITH_MODIFIER.contains(&name.as_str())
    } else {
        // A type of an extension may take one: `geometry(Point, 4326)`.
        session.catalog.types.contains_key(&ty.name)
    };
    let (message, help) = if is_builtin && types::is_pseudo(name) {
        let message = format!("`{}` cannot have the pseudo-type `{name}`", column.name);
        (message, "give the column a type that can be stored".to_owned())
    } else if let Some(allowed) = types::allowed_length(ty).filter(|_| is_builtin) {
        (
            format!("`{}` cannot have the type `{ty}`", column.name),
            format!("write a number from {allowed} in its parentheses"),
        )
    } else if takes_none && ty.modifier.is_some() {
        let message = format!("the type `{name}` of `{}` takes nothing in parentheses", column.name);
        let help = if name == "text" {
            "write `varchar(…)`, or leave the parentheses out"
        } else {
            "leave the parentheses out"
        };
        (message, help.to_owned())
    } else {
        return Ok(());
    };
    Err(Box::new(statement.error(IMPOSSIBLE_DEFINITION, message, column.span.clone()).help(help)))
}
