//! Schemas, extensions, collations and the search path. Manual: CREATE SCHEMA, CREATE EXTENSION, CREATE COLLATION, SET.

use std::ops::Range;

use super::{
    super::{
        lex::TokenKind,
        reader::{Ident, ObjectName, Outcome, Reader},
        split::Expression,
    },
    queries::SearchPath,
};
use crate::diagnostics::NO_SUCH_OBJECT;

/// `CREATE SCHEMA …`.
pub(crate) struct CreateSchema {
    pub(crate) if_not_exists: bool,
    pub(crate) name: String,
    /// Whether it has the name of the role that is connected.
    pub(crate) is_named_by_role: bool,
    pub(crate) span: Range<usize>,
    /// The statements inside it, in the order in which the server runs them. Each is read when it is run.
    pub(crate) elements: Outcome<Vec<Expression>>,
}

/// `ALTER SCHEMA … RENAME TO …`.
pub(crate) struct RenameSchema {
    pub(crate) old: Ident,
    pub(crate) new: Ident,
}

/// `CREATE EXTENSION …`.
pub(crate) struct CreateExtension {
    pub(crate) name: String,
    pub(crate) schema: Option<String>,
    pub(crate) cascade: bool,
}

/// `ALTER EXTENSION … SET SCHEMA …`.
pub(crate) struct MoveExtension {
    pub(crate) name: String,
    pub(crate) schema: String,
}

/// After `SCHEMA`.
pub(super) fn create(reader: &mut Reader<'_>) -> Outcome<CreateSchema> {
    let if_not_exists = reader.accept("if not exists");
    let span = reader.span();
    let mut name = None;
    let mut is_named_by_role = false;
    if !reader.is("authorization") {
        name = Some(reader.ident()?.name);
    }
    if reader.accept("authorization") {
        const CONNECTED: [&str; 4] = ["current_user", "session_user", "current_role", "user"];
        is_named_by_role = name.is_none() && CONNECTED.iter().any(|word| reader.is(word));
        let role = reader.label()?;
        name.get_or_insert(role.name);
    }
    let name = name.unwrap_or_default();
    Ok(CreateSchema { if_not_exists, name, is_named_by_role, span, elements: reader.deferred(elements) })
}

/// Statements without semicolons, each beginning with `CREATE` or `GRANT`. The server makes tables before the views and
/// indexes of them, wherever they stand.
fn elements(reader: &mut Reader<'_>) -> Outcome<Vec<Expression>> {
    const BEGINNINGS: [&str; 9] = [
        "create table",
        "create view",
        "create index",
        "create unique",
        "create sequence",
        "create trigger",
        "create temp",
        "create temporary",
        "create recursive",
    ];
    let mut elements = Vec::new();
    while !reader.is_end() {
        if !(reader.is("create") || reader.is("grant")) {
            return Err(reader.expected("`CREATE`, `GRANT` or the end of the statement"));
        }
        let mut element = reader.element();
        while !reader.is_end() {
            reader.skip_group();
            if reader.is("grant") || BEGINNINGS.iter().any(|words| reader.sees(words)) {
                break;
            }
        }
        element.end_before(reader);
        elements.push((turn(&element), element.rest()));
    }
    elements.sort_by_key(|(turn, _)| *turn);
    Ok(elements.into_iter().map(|(_, element)| element).collect())
}

/// When the server makes an element (`transformCreateSchemaStmtElements`).
fn turn(element: &Reader<'_>) -> u8 {
    let mut words = element.clone();
    words.accept("create");
    let _ = words.accept("temporary") || words.accept("temp");
    match words.peek(0).to_ascii_lowercase().as_str() {
        "sequence" => 0,
        "table" => 1,
        "view" | "recursive" => 2,
        "index" | "unique" => 3,
        "trigger" => 4,
        _ => 5,
    }
}

/// After `SCHEMA`; none for a new owner.
pub(super) fn alter(reader: &mut Reader<'_>) -> Outcome<Option<RenameSchema>> {
    let old = reader.ident()?;
    if reader.accept("owner to") {
        reader.skip_rest();
        return Ok(None);
    }
    reader.expect("rename to")?;
    Ok(Some(RenameSchema { old, new: reader.ident()? }))
}

/// After `EXTENSION`.
pub(super) fn create_extension(reader: &mut Reader<'_>) -> Outcome<CreateExtension> {
    reader.accept("if not exists");
    let mut extension = CreateExtension { name: reader.ident()?.name, schema: None, cascade: false };
    reader.accept("with");
    while !reader.is_end() {
        if reader.accept("schema") {
            extension.schema = Some(reader.ident()?.name);
        } else if reader.accept("version") || reader.accept("from") {
            reader.advance();
        } else if reader.accept("cascade") {
            extension.cascade = true;
        } else {
            return Err(reader.expected("`SCHEMA`, `VERSION` or `CASCADE`"));
        }
    }
    Ok(extension)
}

/// After `EXTENSION`; none for any other change.
pub(super) fn alter_extension(reader: &mut Reader<'_>) -> Outcome<Option<MoveExtension>> {
    let name = reader.ident()?.name;
    if !reader.accept("set schema") {
        reader.skip_rest();
        return Ok(None);
    }
    Ok(Some(MoveExtension { name, schema: reader.ident()?.name }))
}

/// After `COLLATION`: its name.
pub(super) fn create_collation(reader: &mut Reader<'_>) -> Outcome<ObjectName> {
    reader.accept("if not exists");
    let name = reader.object_name()?;
    reader.skip_rest();
    Ok(name)
}

/// After `SET`: only the search path matters.
pub(super) fn set(reader: &mut Reader<'_>) -> Outcome<Option<SearchPath>> {
    let is_local = reader.accept("local");
    reader.accept("session");
    let schemas = if reader.accept("schema") {
        Some(vec![reader.string()?])
    } else if reader.accept("search_path") {
        if !reader.accept("to") {
            reader.expect("=")?;
        }
        if reader.accept("default") { None } else { Some(reader.list(path_element)?) }
    } else {
        reader.skip_rest();
        return Ok(None);
    };
    Ok(Some(SearchPath { schemas, is_local }))
}

fn path_element(reader: &mut Reader<'_>) -> Outcome<String> {
    if reader.kind(0) == Some(TokenKind::Text) { reader.string() } else { Ok(reader.label()?.name) }
}

/// `RESET …`, after `RESET`.
pub(super) fn reset(reader: &mut Reader<'_>) -> Option<SearchPath> {
    let is_path = reader.is("search_path") || reader.is("all");
    reader.skip_rest();
    is_path.then_some(SearchPath { schemas: None, is_local: false })
}

/// `IMPORT FOREIGN SCHEMA`: its tables are those of another server.
pub(super) fn import<T>(reader: &Reader<'_>) -> Outcome<T> {
    let message = "`IMPORT FOREIGN SCHEMA` makes tables that only the other server knows";
    Err(Box::new(
        reader
            .error(NO_SUCH_OBJECT, message, reader.statement.span())
            .help("write a `CREATE FOREIGN TABLE` for each table that is used"),
    ))
}
