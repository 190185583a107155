//! The tables and columns that statements on data and expressions read: dependencies of objects that are not in the
//! catalog, such as functions with a body in SQL's own grammar, triggers, policies, rules, publications, statistics.
//!
//! A query is analysed like a view's. In any other text the tokens tell which tables it names; a column of these that
//! it may refer to is recorded as an uncertain dependency.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    expressions::columns_of_text,
    infer::{self, Inferred},
    lex::{Lexer, TokenKind as Token},
    mentions,
    objects::{Address, Strength},
    reader::Reader,
    session::Session,
    split::{Expression, Statements},
};
use crate::{
    catalog::{QName, identifiers},
    diagnostics::Source,
};

/// Tables, and the columns of them.
type Reads = BTreeMap<QName, BTreeSet<String>>;

/// Words that a table's name follows.
const BEFORE_TABLES: [&str; 7] = ["from", "join", "into", "update", "using", "only", "table"];
/// What makes a query of an expression, with a parenthesis behind it.
const BEFORE_EXPRESSION: &str = "SELECT (";
/// Words that change data, also inside `WITH`.
const CHANGES: [&str; 4] = ["insert", "update", "delete", "merge"];

/// Notes what a statement on data needs.
pub(super) fn of_statement(session: &mut Session, dependent: &Address, text: &str) {
    mentions::record(session, dependent, text);
    match of_query(session, text) {
        Some(reads) => note(session, dependent, &reads),
        None => by_tokens(session, dependent, text, None),
    }
}

/// Notes what an expression needs, beside a row of that table if there is one.
pub(super) fn of_expression(session: &mut Session, dependent: &Address, table: Option<&QName>, text: &str) {
    mentions::record(session, dependent, text);
    match beside_row(session, table, text) {
        Some(Inferred { mut reads, .. }) => {
            // It stands beside the row anyway; only its columns count.
            let own = table.and_then(|table| reads.remove_entry(table));
            note(session, dependent, &reads);
            let own =
                own.iter().flat_map(|(table, columns)| columns.iter().map(move |column| (table, column)));
            own.for_each(|(table, column)| on_column(session, dependent, table, column));
        }
        None => {
            of_row(session, dependent, table, text);
            by_tokens(session, dependent, text, None);
        }
    }
}

/// Notes the columns of a table that a condition names, as `NEW.a` or alone, and the functions that it calls.
pub(super) fn of_row(session: &mut Session, dependent: &Address, table: Option<&QName>, text: &str) {
    mentions::record(session, dependent, text);
    let Some(found) = table.and_then(|name| Some((name, session.catalog.tables.get(name)?))) else { return };
    let (name, columns) = (found.0.clone(), columns_of_text(text, found.1));
    columns.iter().for_each(|column| on_column(session, dependent, &name, column));
}

/// Notes that one needs a column.
pub(super) fn on_column(session: &mut Session, dependent: &Address, table: &QName, column: &str) {
    if let Some(id) = session.objects.relation(table) {
        session.objects.depend(dependent.clone(), id, Some(column), Strength::Normal);
    }
}

fn note(session: &mut Session, dependent: &Address, reads: &Reads) {
    for (table, columns) in reads {
        let Some(id) = session.objects.relation(table) else { continue };
        session.objects.depend(dependent.clone(), id, None, Strength::Normal);
        for column in columns {
            session.objects.depend(dependent.clone(), id, Some(column), Strength::Normal);
        }
    }
}

/// The tables and columns that a query reads; none if the text is no query, or its analysis fails.
fn of_query(session: &mut Session, text: &str) -> Option<Reads> {
    analysed(session, text).map(|inferred| inferred.reads)
}

/// What the analysis of an expression beside a table's row finds, or of one beside nothing; none if it fails. The bytes of
/// missing names are counted from the start of the text.
pub(super) fn beside_row(session: &mut Session, table: Option<&QName>, text: &str) -> Option<Inferred> {
    let from =
        table.map(|table| format!(" FROM {}", identifiers::quote_qualified(table))).unwrap_or_default();
    let mut inferred = analysed(session, &format!("{BEFORE_EXPRESSION}{text}){from}"))?;
    for missing in &mut inferred.missing {
        let moved = |at: usize| at.saturating_sub(BEFORE_EXPRESSION.len());
        missing.span = moved(missing.span.start)..moved(missing.span.end);
    }
    Some(inferred)
}

/// The analysis of a query; none if the text is no query, or its analysis fails.
fn analysed(session: &mut Session, text: &str) -> Option<Inferred> {
    let source = Source::new("", text);
    let statement = Statements::new(&source, 0..source.text.len()).next()?;
    let reader = Reader::new(&statement);
    let is_query = ["select", "with", "values", "table", "("].iter().any(|word| reader.is(word));
    let tokens = &statement.tokens;
    let span = tokens.first()?.span.start..tokens.last()?.span.end;
    let is_change = |word: &str| CHANGES.iter().any(|change| word.eq_ignore_ascii_case(change));
    if !is_query || tokens.iter().any(|token| is_change(&source.text[token.span.clone()])) {
        return None;
    }
    let whole = Expression { tokens: 0..tokens.len(), span };
    let inferred = infer::query(session, &statement, &whole, None, usize::MAX).ok()?;
    inferred.warning.is_none().then_some(inferred)
}

/// Notes the tables that a text names, and columns of theirs that it may mean. `table` is named besides.
pub(super) fn by_tokens(session: &mut Session, dependent: &Address, text: &str, table: Option<&QName>) {
    let source = Source::new("", text);
    let Some(statement) = Statements::new(&source, 0..source.text.len()).next() else { return };
    let mut named: BTreeSet<QName> = table.into_iter().cloned().collect();
    let mut reader = Reader::new(&statement);
    while !reader.is_end() {
        let begins = BEFORE_TABLES.iter().any(|word| reader.is(word)) || reader.is(",");
        let is_sure = begins && !reader.is(",");
        reader.advance();
        let name = if begins { reader.clone().object_name().ok() } else { None };
        let Some(found) = name.and_then(|name| session.find_table(&name)) else { continue };
        if is_sure && let Some(id) = session.objects.relation(&found) {
            session.objects.depend(dependent.clone(), id, None, Strength::Normal);
        }
        named.insert(found);
    }
    let words = words(text);
    for table in named {
        let columns = session.catalog.tables.get(&table).map(|table| table.columns.as_slice());
        let meant = columns.unwrap_or_default().iter().map(|column| &column.name);
        let meant: Vec<String> = meant.filter(|name| words.contains(*name)).cloned().collect();
        let Some(id) = session.objects.relation(&table) else { continue };
        session.objects.may_depend(dependent.clone(), id, None);
        for column in meant {
            session.objects.may_depend(dependent.clone(), id, Some(&column));
        }
    }
}

fn words(text: &str) -> BTreeSet<String> {
    let mut lexer = Lexer::new(text, 0);
    let tokens = std::iter::from_fn(|| lexer.next());
    let word = |token: super::lex::Token| match token.kind {
        Token::Word => Some(text[token.span].to_ascii_lowercase()),
        Token::Quoted => Some(text[token.span].trim_matches('"').replace("\"\"", "\"")),
        _ => None,
    };
    tokens.filter_map(word).collect()
}
