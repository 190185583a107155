//! `COMMENT ON`. Manual: COMMENT.

use super::super::{
    reader::{ObjectName, Outcome, Reader},
    session::{Session, is_system, missing_part},
};
use crate::{
    catalog::QName,
    diagnostics::{Diagnostic, NO_SUCH_OBJECT},
};

/// What a comment may be on without showing in generated code.
const PASSED_OVER: [&str; 30] = [
    "access method",
    "aggregate",
    "cast",
    "collation",
    "constraint",
    "conversion",
    "database",
    "event trigger",
    "extension",
    "foreign data wrapper",
    "function",
    "index",
    "language",
    "large object",
    "operator",
    "policy",
    "procedural language",
    "procedure",
    "publication",
    "role",
    "routine",
    "rule",
    "sequence",
    "server",
    "statistics",
    "subscription",
    "tablespace",
    "text search",
    "transform",
    "trigger",
];

/// `COMMENT ON …`, after `ON`. Skips comments that generated code does not show.
pub(super) fn comment(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    if reader.accept("column") {
        return column(session, reader);
    }
    let relations = ["table", "view", "materialized view", "foreign table"];
    if relations.iter().any(|words| reader.accept(words)) {
        let written = reader.object_name()?;
        let text = text(reader)?;
        let name = session.table_name(reader.statement, &written)?;
        if let Some(table) = session.catalog.tables.get_mut(&name) {
            table.comment = text;
        }
        return Ok(());
    }
    if reader.accept("type") || reader.accept("domain") {
        return user_type(session, reader);
    }
    if reader.accept("schema") {
        let name = reader.ident()?;
        let text = text(reader)?;
        if !is_system(&name.name) {
            session.catalog.schemas.insert(name.name, text);
        }
        return Ok(());
    }
    if PASSED_OVER.iter().any(|words| reader.sees(words)) {
        reader.skip_rest();
        return Ok(());
    }
    Err(reader.expected("the kind of object that the comment is on, `TABLE` or `COLUMN` for instance"))
}

/// `IS '…'` or `IS NULL`; an empty comment is none.
fn text(reader: &mut Reader<'_>) -> Outcome<Option<String>> {
    reader.expect("is")?;
    let text = if reader.accept("null") { None } else { Some(reader.string()?) };
    reader.finish()?;
    Ok(text.filter(|text| !text.is_empty()))
}

fn column(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let start = reader.at();
    let mut parts = vec![reader.ident()?];
    while reader.accept(".") {
        parts.push(reader.label()?);
    }
    let span = reader.span_from(start);
    let (Some(column), Some(relation)) = (parts.pop(), parts.pop()) else {
        return Err(reader.expected("`table.column`"));
    };
    let schema = parts.pop().map(|ident| ident.name);
    let written = ObjectName { schema, name: relation.name, span };
    let text = text(reader)?;
    if let Some(fields) = composite(session, &written) {
        let fields = session.catalog.types.get_mut(&fields).map(|def| &mut def.kind);
        if let Some(crate::catalog::TypeKind::Composite { fields }) = fields {
            fields.iter_mut().filter(|f| f.name == column.name).for_each(|f| f.comment.clone_from(&text));
        }
        return Ok(());
    }
    let name = session.table_name(reader.statement, &written)?;
    let found = session.catalog.tables.get_mut(&name).map(|table| &mut table.columns);
    match found.into_iter().flatten().find(|other| other.name == column.name) {
        Some(found) => found.comment = text,
        None => {
            let owner = name.name.clone();
            let near = session.suggest(&column.name, |session| {
                let columns = session.catalog.tables.get(&name).map(|table| table.columns.as_slice());
                columns.unwrap_or_default().iter().map(|column| column.name.as_str()).collect()
            });
            return Err(Box::new(missing_part(
                reader.statement,
                &owner,
                "column",
                &column.name,
                column.span,
                near.as_deref(),
            )));
        }
    }
    Ok(())
}

fn composite(session: &Session, name: &ObjectName) -> Option<QName> {
    session.find_relation(name).filter(|name| session.catalog.types.contains_key(name))
}

fn user_type(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let written = reader.object_name()?;
    let text = text(reader)?;
    let Some(name) = session.find_type(&written) else {
        let problem: Diagnostic = reader
            .error(NO_SUCH_OBJECT, format!("there is no type `{}`", written.name), written.span)
            .help("create the type before its comment");
        return Err(Box::new(problem));
    };
    if let Some(def) = session.catalog.types.get_mut(&name) {
        def.comment = text;
    }
    Ok(())
}
