//! Whether `ALTER COLUMN … TYPE` without `USING` converts the values. Manual: ALTER TABLE, "SET DATA TYPE".
//!
//! The server takes a cast that an assignment would take (`pg_cast.castcontext`). Of the types that columns mostly have it
//! is known here which of these there are; of other types nothing is said.

use super::{
    super::{
        reader::{Ident, Outcome},
        session::Session,
        split::Statement,
        types::TypeName,
    },
    target::Target,
};
use crate::{
    catalog::{SqlType, TypeKind},
    diagnostics::IMPOSSIBLE_DEFINITION,
};

/// Types between which there are no casts but by `USING`, except to `Text`.
#[derive(PartialEq, Eq)]
enum Class {
    Text,
    Number,
    Bool,
    Time,
    Uuid,
    Json,
    Enum(String),
}

/// The values of the column become those of the new type by themselves.
pub(super) fn check(
    session: &mut Session,
    statement: &Statement,
    target: &Target,
    column: &Ident,
    written: &TypeName,
) -> Outcome {
    let (old, new) = (target.type_of(session, column), session.sql_type(statement, written));
    let (Some(from), Some(to)) = (class(session, &old), class(session, &new)) else { return Ok(()) };
    // A cast of the schema's own may be taken.
    if from == to || to == Class::Text || !session.casts.is_empty() {
        return Ok(());
    }
    let name = &column.name;
    let message = format!("`{name}` cannot become `{new}` by itself: its type is `{old}`");
    Err(Box::new(statement.error(IMPOSSIBLE_DEFINITION, message, column.span.clone()).help(format!(
        "say how its values are converted: `ALTER COLUMN {name} TYPE {new} USING {name}::{new}`"
    ))))
}

fn class(session: &Session, ty: &SqlType) -> Option<Class> {
    if ty.array {
        return None;
    }
    if let Some(TypeKind::Enum { .. }) = session.catalog.types.get(&ty.name).map(|def| &def.kind) {
        return Some(Class::Enum(ty.name.to_string()));
    }
    if ty.name.schema != "pg_catalog" {
        return None;
    }
    Some(match ty.name.name.as_str() {
        "text" | "varchar" | "bpchar" => Class::Text,
        "int2" | "int4" | "int8" | "numeric" | "float4" | "float8" => Class::Number,
        "bool" => Class::Bool,
        "date" | "timestamp" | "timestamptz" | "time" | "timetz" | "interval" => Class::Time,
        "uuid" => Class::Uuid,
        "json" | "jsonb" => Class::Json,
        _ => return None,
    })
}
