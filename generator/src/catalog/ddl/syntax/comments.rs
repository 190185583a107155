//! `COMMENT ON`. Manual: COMMENT.

use super::super::reader::{Ident, ObjectName, Outcome, Reader};

/// A comment that generated code shows.
pub(crate) struct Comment {
    pub(crate) on: Commented,
    /// None takes the comment away.
    pub(crate) text: Option<String>,
}

/// What a comment is on.
pub(crate) enum Commented {
    /// A table or view.
    Table(ObjectName),
    /// A column of a table, view or composite type.
    Column(ObjectName, Ident),
    /// A type or domain.
    Type(ObjectName),
    Schema(String),
}

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

/// After `ON`; none for comments that generated code does not show.
pub(super) fn read(reader: &mut Reader<'_>) -> Outcome<Option<Comment>> {
    let relations = ["table", "view", "materialized view", "foreign table"];
    let on = if reader.accept("column") {
        column(reader)?
    } else if relations.iter().any(|words| reader.accept(words)) {
        Commented::Table(reader.object_name()?)
    } else if reader.accept("type") || reader.accept("domain") {
        Commented::Type(reader.object_name()?)
    } else if reader.accept("schema") {
        Commented::Schema(reader.ident()?.name)
    } else if PASSED_OVER.iter().any(|words| reader.sees(words)) {
        reader.skip_rest();
        return Ok(None);
    } else {
        let what = "the kind of object that the comment is on, `TABLE` or `COLUMN` for instance";
        return Err(reader.expected(what));
    };
    Ok(Some(Comment { on, text: text(reader)? }))
}

/// `IS '…'` or `IS NULL`; an empty comment is none.
fn text(reader: &mut Reader<'_>) -> Outcome<Option<String>> {
    reader.expect("is")?;
    let text = if reader.accept("null") { None } else { Some(reader.string()?) };
    Ok(text.filter(|text| !text.is_empty()))
}

fn column(reader: &mut Reader<'_>) -> Outcome<Commented> {
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
    Ok(Commented::Column(ObjectName { schema, name: relation.name, span }, column))
}
