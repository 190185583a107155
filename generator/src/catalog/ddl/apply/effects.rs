//! Whether a statement may shape a table indirectly: by a function that it calls, or by a text that it builds and runs.

use std::collections::HashSet;

use super::super::{
    classify::{Dropped, StatementKind, classify},
    lex::TokenKind,
    literals::string_value,
    reader::{ObjectName, Outcome, Reader},
    session::Session,
    split::{Statement, Statements},
    syntax::calls,
};
use crate::{
    catalog::TableKind,
    diagnostics::{Diagnostic, NOT_PROVABLE, Source},
};

/// What a statement does to the schema, the most that must be known last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    None,
    /// It makes, drops or renames indexes that are not unique, on which no generated code depends.
    Indexes,
    Shapes,
    NotProvable,
}

/// The error that the text does not prove what happens, with the two ways on.
pub(super) fn not_provable(reader: &Reader<'_>, message: &str) -> Box<Diagnostic> {
    let help = reader.statement.ways_on(reader.span().start);
    Box::new(reader.error(NOT_PROVABLE, message, reader.span()).help(help))
}

/// What a statement of SQL does, by its first words.
pub(super) fn of_sql(session: &Session, reader: &Reader<'_>) -> Effect {
    let kind = classify(&mut reader.clone());
    match kind {
        StatementKind::PassedOver if check_drop(session, reader).is_err() => Effect::NotProvable,
        StatementKind::PassedOver | StatementKind::Select => Effect::None,
        StatementKind::CreateAttached(_)
        | StatementKind::AlterAttached(_)
        | StatementKind::DropAttached(_) => Effect::None,
        StatementKind::Drop(Dropped::Function | Dropped::Collation)
        | StatementKind::CreateFunction
        | StatementKind::CreateAggregate => Effect::Shapes,
        StatementKind::CreateIndex { unique: false } => Effect::Indexes,
        StatementKind::Drop(Dropped::Index) | StatementKind::AlterIndex if !names_unique(session, reader) => {
            Effect::Indexes
        }
        StatementKind::Unknown => {
            let begins = ["create", "alter", "drop"].iter().any(|word| reader.is(word));
            if begins { Effect::NotProvable } else { Effect::None }
        }
        _ => Effect::Shapes,
    }
}

/// Whether a word of the statement is the name of a unique index or of a key.
fn names_unique(session: &Session, reader: &Reader<'_>) -> bool {
    let mut ahead = reader.clone();
    let mut names = HashSet::new();
    while !ahead.is_end() {
        match ahead.label() {
            Ok(ident) => drop(names.insert(ident.name)),
            Err(_) => ahead.advance(),
        }
    }
    session.catalog.tables.values().any(|table| {
        let indexes = table.indexes.iter().filter(|index| index.unique).map(|index| &index.name);
        let keys = table.primary_key.iter().chain(&table.uniques).map(|key| &key.name);
        let exclusions = table.exclusions.iter().map(|exclusion| &exclusion.name);
        indexes.chain(keys).chain(exclusions).any(|name| names.contains(name))
    })
}

/// What a constant text does when it is run.
pub(super) fn of_text(session: &Session, text: &str) -> Effect {
    let source = Source::new("", text);
    let statements: Vec<Statement> = Statements::new(&source, 0..source.text.len()).collect();
    let effects = statements.iter().map(|statement| of_sql(session, &Reader::new(statement)));
    effects.max().unwrap_or(Effect::None)
}

/// What a text does that is put together from constants and variables; its first constant tells the kind of statement.
pub(super) fn of_dynamic(session: &Session, reader: &Reader<'_>) -> Effect {
    let mut ahead = reader.clone();
    let _ = ahead.accept("format (") || ahead.accept("concat (");
    while ahead.accept("(") {}
    if ahead.kind(0) != Some(TokenKind::Text) {
        return Effect::NotProvable;
    }
    let text = string_value(ahead.peek(0), '\\');
    let source = Source::new("", text.as_str());
    let Some(statement) = Statements::new(&source, 0..source.text.len()).next() else {
        return Effect::NotProvable;
    };
    // More than one statement may follow in the text that is put together.
    if text.contains(';') && !text.trim_end().ends_with(';') {
        return Effect::NotProvable;
    }
    let has_unique_index = || {
        let mut tables = session.catalog.tables.values();
        tables.any(|table| table.indexes.iter().any(|index| index.unique))
    };
    match classify(&mut Reader::new(&statement)) {
        StatementKind::PassedOver
        | StatementKind::Select
        | StatementKind::Set
        | StatementKind::CreateAttached(_)
        | StatementKind::AlterAttached(_)
        | StatementKind::DropAttached(_) => Effect::None,
        StatementKind::CreateIndex { unique: false } => Effect::Indexes,
        StatementKind::Drop(Dropped::Index) | StatementKind::AlterIndex if !has_unique_index() => {
            Effect::Indexes
        }
        _ => Effect::NotProvable,
    }
}

/// Functions of extensions that create or change tables.
const SHAPING_FUNCTIONS: [&str; 14] = [
    "addgeometrycolumn",
    "dropgeometrycolumn",
    "dropgeometrytable",
    "updategeometrysrid",
    "populate_geometry_columns",
    "addrastercolumn",
    "createtopology",
    "addtopogeometrycolumn",
    "create_hypertable",
    "create_parent",
    "dblink_exec",
    "import_foreign_schema",
    "lo_import_table",
    "query_to_table",
];

/// A drop of an object that the catalog does not hold must not take along one that it holds.
pub(super) fn check_drop(session: &Session, reader: &Reader<'_>) -> Outcome {
    const FOREIGN: [&str; 2] = ["drop server", "drop foreign data wrapper"];
    const NEEDED_BY_NONE: [&str; 3] = ["drop event trigger", "drop subscription", "drop conversion"];
    let is_one_of = |list: &[&str]| list.iter().any(|words| reader.sees(words));
    let mut ahead = reader.clone();
    while !ahead.is_end() && !ahead.is("cascade") {
        ahead.advance();
    }
    let tables = &session.catalog.tables;
    let may_take = match () {
        () if reader.sees("drop owned") => !tables.is_empty(),
        () if !reader.is("drop") || ahead.is_end() || is_one_of(&NEEDED_BY_NONE) => false,
        () if is_one_of(&FOREIGN) => tables.values().any(|table| table.kind == TableKind::Foreign),
        () if reader.sees("drop language") => !session.functions.is_empty(),
        () => !tables.is_empty(),
    };
    if may_take {
        return Err(not_provable(reader, "ormgen does not know what this statement drops besides"));
    }
    Ok(())
}

/// A query or a statement on data must not call a function that shapes a table.
pub(super) fn check_calls(session: &Session, reader: &Reader<'_>) -> Outcome {
    match calls::find(reader, |name| may_shape(session, name)) {
        Some((name, place)) => {
            let message = format!("the function `{}` may create or change tables", name.name);
            Err(not_provable(&place, &message))
        }
        None => Ok(()),
    }
}

fn may_shape(session: &Session, name: &ObjectName) -> bool {
    let defined = session.look_up(name, |name| session.shaping_functions.contains(name));
    defined.is_some() || SHAPING_FUNCTIONS.contains(&name.name.as_str())
}

/// Whether a function's body may create or change tables when it is called.
pub(super) fn body_shapes(session: &Session, body: &str) -> bool {
    let source = Source::new("", body);
    let statements: Vec<Statement> = Statements::new(&source, 0..source.text.len()).collect();
    statements.iter().any(|statement| {
        let reader = Reader::new(statement);
        check_calls(session, &reader).is_err() || statement_shapes(session, reader)
    })
}

/// A statement of a body may have words of control before it: `BEGIN CREATE TABLE …`, `IF … THEN EXECUTE …`.
fn statement_shapes(session: &Session, mut reader: Reader<'_>) -> bool {
    const SHAPES: [&str; 8] =
        ["table", "type", "domain", "view", "materialized view", "schema", "foreign table", "unlogged table"];
    while !reader.is_end() {
        let begins = ["create", "alter", "drop"].iter().any(|word| reader.accept(word));
        if begins {
            let _ = reader.accept("or replace");
            if SHAPES.iter().any(|words| reader.sees(words)) {
                return true;
            }
        } else if reader.accept("execute") {
            let is_trigger = reader.is("function") || reader.is("procedure");
            let effect = match reader.clone().string() {
                Ok(text) if !reader.is("format") => of_text(session, &text),
                _ => of_dynamic(session, &reader),
            };
            if !is_trigger && effect > Effect::Indexes {
                return true;
            }
        } else {
            reader.advance();
        }
    }
    false
}

/// Whether a text may hold a statement that shapes a table.
pub(super) fn names_a_shape(text: &str) -> bool {
    changes(text, &["table", "type", "domain", "view", "column", "schema", "constraint", "unique"])
}

/// Whether a text may hold a statement that makes, drops or renames an index.
pub(super) fn names_an_index(text: &str) -> bool {
    changes(text, &["index"])
}

/// Whether a text has one of these words and one that begins a change of the schema.
fn changes(text: &str, objects: &[&str]) -> bool {
    let text = text.to_ascii_lowercase();
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    has(&["create", "alter", "drop"]) && has(objects)
}
