//! Turns a column as it was written into a column of the catalog: type, sequence, default, NOT NULL.

use super::{
    super::{
        defaults,
        identifiers::nextval,
        named_columns,
        reader::{ObjectName, Outcome},
        session::Session,
        split::Statement,
        syntax::columns::{ColumnDraft, IdentityDraft},
    },
    refused_columns, refused_types,
};
use crate::{
    catalog::{Column, GenerationExpression, QName, SqlType},
    diagnostics::{Diagnostic, IMPOSSIBLE_DEFINITION},
};

/// The column, over what the parent says of it where there is a parent.
pub(super) fn build(
    session: &mut Session,
    statement: &Statement,
    table: &QName,
    draft: &ColumnDraft,
    parent: Option<Column>,
) -> Outcome<Column> {
    let serial = draft.ty.as_ref().is_some_and(|ty| ty.serial);
    let sources = [serial, draft.default.is_some(), draft.identity.is_some(), draft.generated.is_some()];
    if sources.into_iter().filter(|given| *given).count() > 1 {
        return Err(Box::new(two_sources(statement, draft)));
    }
    let mut column = match (parent, &draft.ty) {
        (Some(parent), _) => parent,
        (None, Some(ty)) => {
            let ty = session.sql_type(statement, ty);
            refused_types::check(session, statement, &draft.name, &ty)?;
            Column::new(&draft.name.name, ty)
        }
        (None, None) => Column::new(&draft.name.name, SqlType::unknown()),
    };
    refused_columns::check(session, statement, draft, &column.ty)?;
    if serial && column.ty.array {
        let message = format!("`{}` is an array of `serial`", draft.name.name);
        let help = "an array has no sequence: write the integer's own type, `integer[]`";
        return Err(Box::new(
            statement.error(IMPOSSIBLE_DEFINITION, message, draft.name.span.clone()).help(help),
        ));
    }
    if let Some(collation) = &draft.collation {
        column.collation = collation_of(session, &column.ty, collation);
    }
    if draft.not_null || serial || draft.identity.is_some() {
        column.nullable = false;
    }
    if serial {
        column.default = Some(nextval(&session.add_owned_sequence(table, &draft.name.name)));
    } else if let Some(default) = &draft.default {
        named_columns::check_default(session, statement, default)?;
        defaults::check_text(session, statement, &column.ty, default)?;
        column.default = default_text(session, &column.ty, statement.text(default));
    }
    if let Some(identity) = &draft.identity {
        column.identity = Some(identity.kind);
        add_identity_sequence(session, table, &draft.name.name, identity);
    }
    if let Some((expression, stored)) = &draft.generated {
        column.generated =
            Some(GenerationExpression { expression: statement.text(expression), stored: *stored });
    }
    Ok(column)
}

/// A default as the server keeps it: a plain NULL is none, yet one that is made to fit a length or a domain stays.
pub(super) fn default_text(session: &Session, ty: &SqlType, text: String) -> Option<String> {
    let kept = ty.modifier.is_some() || session.catalog.domains(ty).next().is_some();
    Some(text).filter(|text| kept || !is_null(text))
}

/// `NULL`, with or without a cast.
fn is_null(text: &str) -> bool {
    let (value, cast) = text.split_once("::").unwrap_or((text, ""));
    value.trim().eq_ignore_ascii_case("null") && !cast.contains(['(', ':'])
}

fn two_sources(statement: &Statement, draft: &ColumnDraft) -> Diagnostic {
    let message = format!("the column `{}` gets its value from two places", draft.name.name);
    statement
        .error(IMPOSSIBLE_DEFINITION, message, draft.name.span.clone())
        .help("keep one of `serial`, `DEFAULT`, `GENERATED … AS IDENTITY` and `GENERATED ALWAYS AS (…)`")
}

/// The sequence of an identity column, named as given or as a serial column's.
pub(super) fn add_identity_sequence(
    session: &mut Session,
    table: &QName,
    column: &str,
    identity: &IdentityDraft,
) {
    match &identity.sequence {
        Some(given) => {
            let name = QName::new(given.schema.as_ref().unwrap_or(&table.schema), &given.name);
            session.add_sequence(&name, Some((table.clone(), column.to_owned())));
        }
        None => {
            session.add_owned_sequence(table, column);
        }
    }
}

/// A collation that is not the type's own. Manual: "Collation Support".
pub(super) fn collation_of(session: &Session, ty: &SqlType, written: &ObjectName) -> Option<QName> {
    let own = match session.catalog.collation_of_domain(ty) {
        Some(own) => own.clone(),
        None if ty.name == QName::builtin("name") => QName::builtin("C"),
        None => QName::builtin("default"),
    };
    let found = session
        .look_up(written, |name| session.objects.collation(name).is_some())
        .unwrap_or_else(|| QName::new(written.schema.as_deref().unwrap_or("pg_catalog"), &written.name));
    Some(found).filter(|found| *found != own)
}
