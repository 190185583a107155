//! Names of columns in the expressions of a table: one that no column has is an error, as on the server.
//!
//! A name counts as missing only if both ways to look at the expression say so: its tokens, where the name stands where
//! nothing but a value can stand, and the analysis of the whole as a query. What neither understands is no mistake here.

use super::{
    habits,
    lex::TokenKind,
    reader::{Ident, Outcome, Reader},
    reads,
    session::{Session, missing_part},
    split::{Expression, Statement},
};
use crate::{
    catalog::{QName, identifiers::is_reserved},
    diagnostics::{IMPOSSIBLE_DEFINITION, nearest},
};

/// Words that a value may follow.
const BEFORE_VALUES: [&str; 7] = ["and", "or", "not", "case", "when", "then", "else"];
/// Words that may follow a value.
const AFTER_VALUES: [&str; 14] = [
    "and", "or", "is", "in", "not", "between", "like", "ilike", "when", "then", "else", "end", "isnull",
    "notnull",
];
/// Words that stand like a value and are none: what a domain's check calls its value, and forms of Unicode.
const NO_COLUMNS: [&str; 6] = ["default", "nfc", "nfd", "nfkc", "nfkd", "value"];

/// The columns that an expression names are the table's.
pub(super) fn check(
    session: &mut Session,
    statement: &Statement,
    table: &QName,
    written: &Expression,
) -> Outcome {
    let Some(missing) = missing(session, statement, Some(table), written) else { return Ok(()) };
    let known = session.catalog.tables.get(table).map(|table| table.columns.as_slice()).unwrap_or_default();
    let near = nearest(&missing.name, known.iter().map(|column| column.name.as_str()));
    Err(Box::new(missing_part(statement, &table.name, "column", &missing.name, missing.span.clone(), near)))
}

/// A default names no column: the server computes it before there is a row.
pub(super) fn check_default(session: &mut Session, statement: &Statement, written: &Expression) -> Outcome {
    let Some(missing) = missing(session, statement, None, written) else { return Ok(()) };
    let message = format!("a default cannot name a column, as `{}` is one here", missing.name);
    let problem = statement.error(IMPOSSIBLE_DEFINITION, message, missing.span);
    if habits::is_curly(&missing.name) {
        return Err(Box::new(problem.help("quotes are straight: `'a text'`")));
    }
    Err(Box::new(problem.help(format!(
        "write a text in single quotes, `'{}'`, or call a function; a value from other columns of the row is written \
         `GENERATED ALWAYS AS (…) STORED`",
        missing.name
    ))))
}

/// The columns that a generated column's expression names are the table's, and none of them is generated.
pub(super) fn check_generated(
    session: &mut Session,
    statement: &Statement,
    table: &QName,
    written: &Expression,
) -> Outcome {
    check(session, statement, table, written)?;
    let is_generated = |session: &Session, name: &str| {
        let column = session.catalog.tables.get(table).and_then(|table| table.column(name));
        column.is_some_and(|column| column.generated.is_some())
    };
    let named: Vec<Ident> =
        values(statement, written).into_iter().filter(|ident| is_generated(session, &ident.name)).collect();
    if named.is_empty() {
        return Ok(());
    }
    let inferred = reads::beside_row(session, Some(table), &statement.text(written));
    let read = inferred.and_then(|mut inferred| inferred.reads.remove(table)).unwrap_or_default();
    let Some(wrong) = named.into_iter().find(|ident| read.contains(&ident.name)) else { return Ok(()) };
    let message =
        format!("a generated column cannot be computed from `{}`, which is generated too", wrong.name);
    Err(Box::new(
        statement
            .error(IMPOSSIBLE_DEFINITION, message, wrong.span)
            .help(format!("write the expression of `{}` in its place", wrong.name)),
    ))
}

/// The first name in an expression that stands for nothing, beside a row of the table if there is one.
fn missing(
    session: &mut Session,
    statement: &Statement,
    table: Option<&QName>,
    written: &Expression,
) -> Option<Ident> {
    let known = table.and_then(|table| session.catalog.tables.get(table));
    let is_column = |ident: &Ident| known.is_some_and(|table| table.column(&ident.name).is_some());
    let unknown: Vec<Ident> =
        values(statement, written).into_iter().filter(|ident| !is_column(ident)).collect();
    if unknown.is_empty() {
        return None;
    }
    let missing = reads::beside_row(session, table, &statement.text(written))?.missing;
    let starts: Vec<usize> = missing.iter().map(|name| written.span.start + name.span.start).collect();
    unknown.into_iter().find(|ident| starts.contains(&ident.span.start))
}

/// The names without a qualifier that stand where nothing but a value can stand.
fn values(statement: &Statement, written: &Expression) -> Vec<Ident> {
    let mut tokens = Reader::over(statement, written);
    let (mut found, mut previous) = (Vec::new(), "");
    while !tokens.is_end() {
        let word = tokens.peek(0);
        let is_name = match tokens.kind(0) {
            Some(TokenKind::Word) => !is_reserved(word) && !is_one_of(&NO_COLUMNS, word),
            Some(TokenKind::Quoted) => true,
            _ => false,
        };
        if is_name && begins_value(previous) && ends_value(&tokens) {
            found.extend(tokens.clone().label().ok());
        }
        previous = word;
        tokens.advance();
    }
    found
}

/// Whether a value may stand behind this token.
fn begins_value(previous: &str) -> bool {
    let is_mark = !previous.starts_with(|c: char| c.is_alphanumeric() || "_.\"':$".contains(c));
    is_mark && previous != ")" && previous != "]" || is_one_of(&BEFORE_VALUES, previous)
}

/// Whether the value whose last token is here may end behind it. The name of a function's argument does not:
/// `f(amount => 3)`, `f(amount := 3)`.
fn ends_value(tokens: &Reader<'_>) -> bool {
    let next = tokens.peek(1);
    let is_mark = !next.starts_with(|c: char| c.is_alphanumeric() || "_.(\"'$".contains(c));
    is_mark && next != ":=" && next != "=>" || is_one_of(&AFTER_VALUES, next)
}

fn is_one_of(words: &[&str], word: &str) -> bool {
    words.iter().any(|other| word.eq_ignore_ascii_case(other))
}
