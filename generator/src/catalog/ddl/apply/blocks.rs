//! `DO` blocks. Migrations guard a statement with them, as PostgreSQL has no `CREATE TYPE IF NOT EXISTS`:
//!
//! ```sql
//! DO $$ BEGIN CREATE TYPE mood AS ENUM ('ok'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
//! ```
//!
//! Such a guarded statement is applied. One whose guard is not understood is an error: it may or may not have run.

use super::super::{
    classify::{Statement as Kind, classify},
    lex::Kind as Token,
    reader::{Outcome, Reader},
    session::Session,
    split::{Statement, Statements},
};
use crate::diagnostics::{DUPLICATE_OBJECT, NO_SUCH_OBJECT, UNREADABLE_STATEMENT};

/// What a statement inside the block depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guard {
    /// `IF [NOT] EXISTS (…)`: whether what the statement is about is there.
    Existence,
    /// Anything else: another condition, a loop, an exception's handler.
    Other,
}

/// Applies one statement that the block holds.
type Apply = fn(&mut Session<'_>, &mut Reader<'_>) -> Outcome;

/// After `DO`.
pub(super) fn run(session: &mut Session<'_>, reader: &mut Reader<'_>, apply: Apply) -> Outcome {
    if reader.accept("language") {
        reader.advance();
    }
    let (text, span) = (reader.peek(0), reader.span());
    if !text.starts_with('$') {
        return if names_a_shape(text) { Err(not_followed(reader)) } else { Ok(()) };
    }
    let delimiter = text[1..].find('$').map_or(0, |at| at + 2);
    let body = span.start + delimiter..span.end.saturating_sub(delimiter);
    let source = reader.statement.source.clone();
    let mut pieces = Statements::new(&source, body);
    let statements: Vec<Statement> = pieces.by_ref().collect();
    let handles = statements.iter().any(|statement| Reader::new(statement).is("exception"));
    let mut guards = Vec::new();
    for statement in &statements {
        let mut inner = Reader::new(statement);
        control_flow(&mut inner, &mut guards);
        step(session, &mut inner, &guards, handles, apply)?;
    }
    Ok(())
}

/// Reads past the words of procedural code that a statement may follow.
fn control_flow(reader: &mut Reader<'_>, guards: &mut Vec<Guard>) {
    loop {
        if reader.accept("begin") || reader.accept("<<") {
            if reader.peek(1) == ">>" {
                reader.advance();
                reader.advance();
            }
        } else if reader.accept("end if") || reader.accept("end loop") || reader.accept("end case") {
            guards.pop();
            return;
        } else if reader.accept("if") {
            let exists = reader.is("exists") || reader.sees("not exists");
            let simple = skip_to(reader, "then");
            guards.push(if exists && simple { Guard::Existence } else { Guard::Other });
        } else if reader.is("elsif") || reader.is("elseif") || reader.is("else") {
            guards.pop();
            guards.push(Guard::Other);
            if !reader.accept("else") {
                skip_to(reader, "then");
            }
        } else if reader.is("exception") || reader.is("when") {
            skip_to(reader, "then");
            guards.push(Guard::Other);
        } else if ["for", "foreach", "while", "loop", "case"].iter().any(|word| reader.is(word)) {
            skip_to(reader, if reader.is("case") { "then" } else { "loop" });
            guards.push(Guard::Other);
        } else {
            return;
        }
    }
}

/// Past the word; whether nothing but one condition stood before it.
fn skip_to(reader: &mut Reader<'_>, word: &str) -> bool {
    let mut simple = true;
    while !reader.is_end() && !reader.is(word) {
        simple &= !reader.is("or") && !reader.is("and");
        reader.skip_group();
    }
    reader.advance();
    simple
}

fn step(
    session: &mut Session<'_>,
    reader: &mut Reader<'_>,
    guards: &[Guard],
    handles: bool,
    apply: Apply,
) -> Outcome {
    if reader.is("execute") {
        let dynamic = (0..).map_while(|ahead| reader.kind(ahead).map(|kind| (kind, reader.peek(ahead))));
        let shapes = dynamic.filter(|(kind, _)| *kind == Token::Text).any(|(_, text)| names_a_shape(text));
        return if shapes { Err(not_followed(reader)) } else { Ok(()) };
    }
    let kind = classify(&mut reader.clone());
    let begins = ["create", "alter", "drop", "comment"].iter().any(|word| reader.is(word));
    if !begins
        || matches!(kind, Kind::PassedOver | Kind::Unknown | Kind::CreateFunction | Kind::CreateAggregate)
    {
        return Ok(());
    }
    if guards.contains(&Guard::Other) {
        return Err(not_followed(reader));
    }
    let tolerant = handles || !guards.is_empty();
    match apply(session, reader) {
        Err(problem) if tolerant && (problem.code == DUPLICATE_OBJECT || problem.code == NO_SUCH_OBJECT) => {
            Ok(())
        }
        result => result,
    }
}

/// Whether a text may hold a statement that shapes a table.
fn names_a_shape(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    has(&["create", "alter", "drop"])
        && has(&["table", "type", "domain", "view", "column", "schema", "constraint"])
}

fn not_followed(reader: &Reader<'_>) -> Box<crate::diagnostics::Diagnostic> {
    Box::new(
        reader
            .error(
                UNREADABLE_STATEMENT,
                "whether this statement runs is decided when the block runs",
                reader.span(),
            )
            .help("write the statement outside of the `DO` block"),
    )
}
