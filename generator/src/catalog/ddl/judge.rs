//! Which of the mistakes that a statement brings are told: one that only follows from an earlier mistake is not.

use super::{
    classify::{StatementKind, classify},
    reader::Reader,
    session::Session,
    split::Statement,
};
use crate::{
    catalog::identifiers::is_reserved,
    diagnostics::{
        Diagnostic, INCLUDED_FILE, NESTED_TOO_DEEPLY, NO_SUCH_OBJECT, NOT_PROVABLE, Severity, UNCLOSED,
        UNKNOWN_STATEMENT, UNREADABLE_STATEMENT,
    },
};

/// Words between a statement's kind and the name of its object.
const BEFORE_NAME: &[&str] = &["concurrently", "if not exists", "if exists", "only"];

/// Words of a statement of an unknown kind that are no names, beside the reserved ones.
const NO_NAMES: &[&str] = &[
    "alter",
    "domain",
    "drop",
    "exists",
    "extension",
    "function",
    "if",
    "index",
    "materialized",
    "replace",
    "schema",
    "sequence",
    "temp",
    "temporary",
    "type",
    "unlogged",
    "view",
];

/// Goes through the mistakes that were reported since there were `before`, the statement's: removes those that only
/// follow from another, and notes what the statement leaves in doubt if it was not applied.
pub(super) fn judge(session: &mut Session, statement: &Statement, before: usize, is_applied: bool) {
    let (diagnostics, doubt) = (&mut session.diagnostics, &mut session.doubt);
    if diagnostics.len() == before && doubt.is_empty() {
        return;
    }
    let found = diagnostics.split_off(before);
    let text = &statement.source.text[statement.span()];
    let depends = doubt.is_named_in(text);
    let mut is_mistaken = !is_applied;
    for mistake in found {
        is_mistaken |= is_applied && depends && mistake.severity == Severity::Error;
        let follows = (depends && !is_about_text(&mistake)) || doubt.covers(&mistake);
        if !follows && !is_repeated(diagnostics.iter(), &mistake) {
            diagnostics.push(mistake.clone());
        }
        if leaves_all_in_doubt(&mistake) {
            doubt.add_any();
        }
    }
    let mut reader = Reader::new(statement);
    let kind = classify(&mut reader);
    if is_mistaken || (depends && copies_columns(&kind, &reader)) {
        // Other mistakes within a statement that is wrong by itself are told.
        if depends {
            doubt.add_statement(statement.place(statement.span()));
        }
        match kind {
            StatementKind::Do | StatementKind::ImportForeignSchema => doubt.add_any(),
            _ => subjects(&kind, reader).iter().for_each(|name| doubt.add_name(name)),
        }
    }
}

/// Goes through the mistakes of cutting a text into statements.
pub(super) fn judge_text(session: &mut Session, found: Vec<Diagnostic>) {
    if found.iter().any(leaves_all_in_doubt) {
        session.doubt.add_any();
    }
    session.diagnostics.extend(found);
}

/// Whether the text itself is wrong, whatever is in the catalog.
fn is_about_text(mistake: &Diagnostic) -> bool {
    [UNREADABLE_STATEMENT, UNKNOWN_STATEMENT, NESTED_TOO_DEEPLY, NOT_PROVABLE].contains(&mistake.code)
}

/// Whether the text does not tell what the statement does, or whether statements were not read.
fn leaves_all_in_doubt(mistake: &Diagnostic) -> bool {
    [NOT_PROVABLE, INCLUDED_FILE, UNCLOSED].contains(&mistake.code)
}

/// Whether it was told already that this object is not there.
fn is_repeated<'d>(mut told: impl Iterator<Item = &'d Diagnostic>, mistake: &Diagnostic) -> bool {
    mistake.code == NO_SUCH_OBJECT
        && told.any(|other| other.code == mistake.code && other.message == mistake.message)
}

/// Whether the statement makes something of the columns of what it names.
fn copies_columns(kind: &StatementKind, reader: &Reader<'_>) -> bool {
    let mut ahead = reader.clone();
    match kind {
        StatementKind::CreateView(_) => true,
        StatementKind::CreateTable { .. } | StatementKind::CreateForeignTable => {
            while !ahead.is_end() {
                if ["as", "inherits", "like", "of"].iter().any(|word| ahead.is(word)) {
                    return true;
                }
                ahead.advance();
            }
            false
        }
        _ => false,
    }
}

/// The names of the objects that a statement makes, changes or drops. The reader is behind the words of its kind.
fn subjects(kind: &StatementKind, mut reader: Reader<'_>) -> Vec<String> {
    let is_alter = matches!(
        kind,
        StatementKind::AlterTable
            | StatementKind::AlterIndex
            | StatementKind::AlterSequence
            | StatementKind::AlterType
            | StatementKind::AlterDomain
            | StatementKind::AlterSchema
            | StatementKind::AlterFunction
    );
    match kind {
        StatementKind::Unknown => return names_of_unknown(reader),
        StatementKind::Comment
        | StatementKind::Set
        | StatementKind::Reset
        | StatementKind::Select
        | StatementKind::PassedOver
        | StatementKind::CreateAttached(_)
        | StatementKind::AlterAttached(_)
        | StatementKind::DropAttached(_) => return Vec::new(),
        _ => {}
    }
    while BEFORE_NAME.iter().any(|words| reader.accept(words)) {}
    let mut names = Vec::new();
    while !reader.is("on")
        && let Ok(name) = reader.object_name()
    {
        names.push(name.name);
        if !matches!(kind, StatementKind::Drop(_)) || !reader.accept(",") {
            break;
        }
    }
    while is_alter && !reader.is_end() {
        if reader.accept("to")
            && let Ok(name) = reader.ident()
        {
            names.push(name.name);
        }
        reader.advance();
    }
    names
}

/// The words that may be the name of what a statement of an unknown kind makes: those before its first parenthesis.
fn names_of_unknown(reader: Reader<'_>) -> Vec<String> {
    let mut reader = Reader::new(reader.statement);
    reader.advance();
    let mut names = Vec::new();
    while !reader.is_end() && !reader.is("(") {
        if let Ok(name) = reader.clone().label()
            && !is_reserved(&name.name)
            && !NO_NAMES.contains(&name.name.as_str())
        {
            names.push(name.name);
        }
        reader.advance();
    }
    names
}
