//! The columns of a query: their names as the server names them, and their types where they can be known.
//!
//! sqlparser reads the query. A column whose expression is not understood has the type
//! [`SqlType::unknown`](crate::catalog::SqlType::unknown); names that cannot be known are an error.

mod calls;
mod expressions;
mod from;
mod labels;
mod mend;
mod operators;
mod outline;
mod select;
mod types;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use sqlparser::{
    ast::Query,
    dialect::PostgreSqlDialect,
    parser::{Parser, ParserError},
    tokenizer::{Location, Span, Token, Tokenizer},
};

use self::select::Analysis;
use super::{
    reader::{Expression, Outcome, Reader},
    session::Session,
};
use crate::{
    catalog::{QName, SqlType},
    diagnostics::{
        Diagnostic, NESTED_TOO_DEEPLY, UNKNOWN_VIEW_COLUMNS, UNREADABLE_STATEMENT, VIEW_IN_OUTLINE,
    },
};

/// How deep sqlparser may go; PostgreSQL's own views do not come near it.
const MAX_DEPTH: usize = 200;
/// A query of more tokens is not read.
const MAX_TOKENS: usize = 50_000;
/// A chain such as `a + b + c …` makes a tree as deep as it is long, and each level is a call.
const STACK_PER_TOKEN: usize = 8 * 1024;

/// A column of a query.
pub(super) struct Output {
    pub(super) name: String,
    pub(super) ty: SqlType,
    pub(super) collation: Option<QName>,
    /// Its bytes in the source, where they are known.
    pub(super) span: Option<Range<usize>>,
}

/// What is known of a query.
pub(super) struct Inferred {
    pub(super) columns: Vec<Output>,
    /// The tables it reads, with the columns it names of them.
    pub(super) reads: BTreeMap<QName, BTreeSet<String>>,
    /// What deserves a look.
    pub(super) warning: Option<Diagnostic>,
}

/// `CREATE RECURSIVE VIEW name (columns)`: the query may read the view itself.
#[derive(Clone, Copy)]
pub(super) struct Recursive<'a> {
    pub(super) name: &'a str,
    pub(super) columns: &'a [String],
}

/// The columns of the query that stands there. `named` of them get names from elsewhere.
pub(super) fn query(
    session: &mut Session<'_>,
    reader: &Reader<'_>,
    written: &Expression,
    recursive: Option<Recursive<'_>>,
    named: usize,
) -> Outcome<Inferred> {
    if written.tokens.len() > MAX_TOKENS {
        return Err(Box::new(
            reader
                .error(NESTED_TOO_DEEPLY, "this query is too long to be read", written.span.clone())
                .help("split the view into several"),
        ));
    }
    let lines = Lines::new(&reader.statement.source.text, written.span.clone());
    let result = on_a_large_stack(written.tokens.len(), || {
        let query = match parse(&lines) {
            Ok(query) => query,
            Err(problem) => {
                let outline = match problem {
                    ParserError::RecursionLimitExceeded => None,
                    _ => outline::outline(session, &lines, reader, written),
                };
                let error = parse_error(reader, &lines, &problem);
                return match outline {
                    Some(outline) => Ok(Inferred { warning: Some(in_outline(*error)), ..outline }),
                    None => Err(error),
                };
            }
        };
        Analysis::new(session, &lines).run(&query, recursive, named).map_err(|problem| {
            let span =
                problem.span.and_then(|span| lines.bytes(span)).unwrap_or_else(|| written.span.clone());
            Box::new(reader.error(problem.code, problem.message, span).help(problem.help))
        })
    });
    result.unwrap_or_else(|| {
        let message = "this query needs more memory than there is";
        Err(Box::new(
            reader
                .error(NESTED_TOO_DEEPLY, message, written.span.clone())
                .help("split the view into several"),
        ))
    })
}

/// Runs it where its depth cannot hurt; none when there is no room for that.
fn on_a_large_stack<T: Send>(tokens: usize, work: impl FnOnce() -> T + Send) -> Option<T> {
    if tokens < 100 {
        return Some(work());
    }
    let size = tokens * STACK_PER_TOKEN + (4 << 20);
    std::thread::scope(|scope| {
        std::thread::Builder::new().stack_size(size).spawn_scoped(scope, work).ok()?.join().ok()
    })
}

fn parse(lines: &Lines<'_>) -> Result<Box<Query>, ParserError> {
    let dialect = PostgreSqlDialect {};
    let tokens = mend::mended(Tokenizer::new(&dialect, lines.text()).tokenize_with_location()?);
    let mut parser = Parser::new(&dialect).with_recursion_limit(MAX_DEPTH).with_tokens_with_locations(tokens);
    let query = parser.parse_query()?;
    if parser.peek_token_ref().token != Token::EOF {
        return parser.expected("the end of the query", parser.peek_token());
    }
    Ok(query)
}

/// What cannot be read costs types, not the view.
fn in_outline(error: Diagnostic) -> Diagnostic {
    let place = error.place.clone();
    Diagnostic::warning(VIEW_IN_OUTLINE, error.message)
        .at(place)
        .label("only the names of its columns, and some of their types, are known")
        .help("cast the columns whose types matter, or name their types in the manifest's `types`")
}

/// sqlparser gives the place in the message: ` at Line: 1, Column: 2`.
fn parse_error(reader: &Reader<'_>, lines: &Lines<'_>, problem: &ParserError) -> Box<Diagnostic> {
    let text = match problem {
        ParserError::RecursionLimitExceeded => {
            return Box::new(
                reader
                    .error(
                        NESTED_TOO_DEEPLY,
                        "this query nests more deeply than can be read",
                        lines.range.clone(),
                    )
                    .help("take superfluous parentheses out, or split the view into several"),
            );
        }
        ParserError::ParserError(text) | ParserError::TokenizerError(text) => text,
    };
    let (what, place) = text.split_once(" at Line: ").unwrap_or((text, ""));
    let mut numbers = place.split(", Column: ").map(|number| number.trim().parse::<u64>());
    let start = match (numbers.next(), numbers.next()) {
        (Some(Ok(line)), Some(Ok(column))) => lines.offset(Location { line, column }),
        _ => None,
    };
    // The end has no place of its own: the last token is marked.
    let start = start.unwrap_or(if text.contains("EOF") {
        lines.range.end.saturating_sub(1)
    } else {
        lines.range.start
    });
    let token = reader.statement.tokens.iter().map(|token| token.span.clone()).find(|span| span.end > start);
    let what = what.replacen("Expected: ", "expected ", 1).replacen("found: ", "found ", 1);
    let what = what.replace("found EOF", "the query ends");
    Box::new(
        reader
            .error(UNREADABLE_STATEMENT, format!("the query cannot be read: {what}"), token.unwrap_or(start..start))
            .help("mend the query; if PostgreSQL accepts it, write the construct that is marked in another form"),
    )
}

/// The name that the server would give a column of that expression; none for `?column?`.
pub(super) fn implied_name(expression: &str) -> Option<String> {
    let dialect = PostgreSqlDialect {};
    let tokens =
        Tokenizer::new(&dialect, expression).tokenize().ok().filter(|tokens| tokens.len() < 2_000)?;
    let mut parser = Parser::new(&dialect).with_recursion_limit(MAX_DEPTH).with_tokens(tokens);
    labels::implied(&parser.parse_expr().ok()?)
}

/// What stops the analysis of a query as a whole.
struct Problem {
    code: crate::diagnostics::Code,
    message: String,
    help: String,
    span: Option<Span>,
}

impl Problem {
    /// Not even the names of the columns can be known.
    fn unknown_columns(message: impl Into<String>, span: Span) -> Self {
        Self {
            code: UNKNOWN_VIEW_COLUMNS,
            message: message.into(),
            help:
                "name the columns, with casts where their types matter; or leave the view out of the app's \
                   `models`, or give the app a snapshot of the live database"
                    .into(),
            span: Some(span),
        }
    }
}

/// From sqlparser's lines and columns to bytes of the source.
struct Lines<'a> {
    source: &'a str,
    range: Range<usize>,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(source: &'a str, range: Range<usize>) -> Self {
        let text = source.get(range.clone()).unwrap_or_default();
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts =
            std::iter::once(range.start).chain(newlines.map(|(at, _)| range.start + at + 1)).collect();
        Self { source, range, starts }
    }

    fn text(&self) -> &'a str {
        self.source.get(self.range.clone()).unwrap_or_default()
    }

    fn offset(&self, location: Location) -> Option<usize> {
        let line = usize::try_from(location.line).ok()?.checked_sub(1)?;
        let column = usize::try_from(location.column).ok()?.checked_sub(1)?;
        let start = *self.starts.get(line)?;
        let text = self.source.get(start..self.range.end)?;
        Some(start + text.char_indices().nth(column).map_or(text.len(), |(at, _)| at))
    }

    /// None for a span that sqlparser does not know.
    fn bytes(&self, span: Span) -> Option<Range<usize>> {
        let (start, end) = (self.offset(span.start)?, self.offset(span.end)?);
        Some(start..end.max(start))
    }
}

/// A name's parts, folded.
fn parts(name: &sqlparser::ast::ObjectName) -> Vec<String> {
    name.0.iter().filter_map(|part| part.as_ident()).map(fold).collect()
}

/// An identifier as the server stores it.
fn fold(ident: &sqlparser::ast::Ident) -> String {
    let name =
        if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_ascii_lowercase() };
    super::names::clip(&name).to_owned()
}

/// A shared list of columns.
type Columns = Arc<Vec<types::Col>>;
