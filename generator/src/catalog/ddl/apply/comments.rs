//! Applies `COMMENT ON`. Manual: COMMENT.

use super::super::{
    reader::{Ident, ObjectName, Outcome},
    session::{Session, is_system, missing_part},
    split::Statement,
    syntax::comments::{Comment, Commented},
};
use crate::{
    catalog::{QName, TypeKind},
    diagnostics::NO_SUCH_OBJECT,
};

/// Applies `COMMENT ON …`.
pub(super) fn comment(session: &mut Session, statement: &Statement, written: Comment) -> Outcome {
    let text = written.text;
    match written.on {
        Commented::Table(name) => {
            let name = session.table_name(statement, &name)?;
            if let Some(table) = session.catalog.tables.get_mut(&name) {
                table.comment = text;
            }
        }
        Commented::Column(relation, column) => return on_column(session, statement, &relation, column, text),
        Commented::Type(name) => return on_type(session, statement, &name, text),
        Commented::Schema(name) => {
            if !is_system(&name) {
                session.catalog.schemas.insert(name, text);
            }
        }
    }
    Ok(())
}

fn on_column(
    session: &mut Session,
    statement: &Statement,
    relation: &ObjectName,
    column: Ident,
    text: Option<String>,
) -> Outcome {
    if let Some(fields) = composite(session, relation) {
        let fields = session.catalog.types.get_mut(&fields).map(|def| &mut def.kind);
        if let Some(TypeKind::Composite { fields }) = fields {
            fields.iter_mut().filter(|f| f.name == column.name).for_each(|f| f.comment.clone_from(&text));
        }
        return Ok(());
    }
    let name = session.table_name(statement, relation)?;
    let found = session.catalog.tables.get_mut(&name).map(|table| &mut table.columns);
    if let Some(found) = found.into_iter().flatten().find(|other| other.name == column.name) {
        found.comment = text;
        return Ok(());
    }
    let near = session.suggest(&column.name, |session| {
        let columns = session.catalog.tables.get(&name).map(|table| table.columns.as_slice());
        columns.unwrap_or_default().iter().map(|column| column.name.as_str()).collect()
    });
    let near = near.as_deref();
    Err(Box::new(missing_part(statement, &name.name, "column", &column.name, column.span, near)))
}

fn composite(session: &Session, name: &ObjectName) -> Option<QName> {
    session.find_relation(name).filter(|name| session.catalog.types.contains_key(name))
}

fn on_type(
    session: &mut Session,
    statement: &Statement,
    written: &ObjectName,
    text: Option<String>,
) -> Outcome {
    let Some(name) = session.find_type(written) else {
        let message = format!("there is no type `{}`", written.name);
        return Err(Box::new(
            statement
                .error(NO_SUCH_OBJECT, message, written.span.clone())
                .help("create the type before its comment"),
        ));
    };
    if let Some(def) = session.catalog.types.get_mut(&name) {
        def.comment = text;
    }
    Ok(())
}
