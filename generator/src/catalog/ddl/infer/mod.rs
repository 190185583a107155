//! Finds the columns of a query: their names as the server names them, and their types if they can be inferred.
//!
//! sqlparser reads the query. A column whose expression is not understood has the type
//! [`SqlType::unknown`](crate::catalog::SqlType::unknown); names that cannot be known are an error.

mod analysis;
mod answer;
mod bare_casts;
mod calls;
mod candidates;
mod collations;
mod common;
mod expressions;
mod folded;
mod from;
mod json_calls;
mod kinds;
mod labels;
mod lines;
mod mend;
mod mend_calls;
mod missing;
mod operators;
mod outline;
mod overloads;
mod parse;
mod polymorphic;
mod range_table;
mod select;
mod table_functions;
mod tokens;
mod types;

use sqlparser::{ast::Expr, parser::ParserError, tokenizer::Location};

use self::{
    analysis::Analysis,
    lines::Lines,
    parse::{expression, query as parse},
};
use super::{
    reader::Outcome,
    session::Session,
    split::{Expression, Statement},
};
use crate::diagnostics::{Diagnostic, NESTED_TOO_DEEPLY, UNREADABLE_STATEMENT, VIEW_IN_OUTLINE};

pub(super) use self::{
    answer::{Inferred, MissingName, Recursive},
    bare_casts::column_under_cast,
};

/// A query of more tokens is not read.
const MAX_TOKENS: usize = 50_000;
/// A chain such as `a + b + c …` makes a tree as deep as it is long, and each level is a call.
const STACK_PER_TOKEN: usize = 8 * 1024;

/// The columns of the query that stands there. `named` of them get names from elsewhere.
pub(super) fn query(
    session: &mut Session,
    statement: &Statement,
    written: &Expression,
    recursive: Option<Recursive<'_>>,
    named: usize,
) -> Outcome<Inferred> {
    if written.tokens.len() > MAX_TOKENS {
        return Err(Box::new(
            statement
                .error(NESTED_TOO_DEEPLY, "this query is longer than ormgen reads", written.span.clone())
                .help("split the view into several"),
        ));
    }
    let lines = Lines::new(&statement.source.text, written.span.clone());
    let result = on_a_large_stack(written.tokens.len(), || {
        let query = match parse(lines.text()) {
            Ok(query) => query,
            Err(problem) => {
                let outline = match problem {
                    ParserError::RecursionLimitExceeded => None,
                    _ => outline::outline(session, &lines, statement, written),
                };
                let error = parse_error(statement, &lines, &problem);
                return match outline {
                    Some(outline) => Ok(Inferred { warning: Some(in_outline(*error)), ..outline }),
                    None => Err(error),
                };
            }
        };
        Analysis::new(session, &lines).run(&query, recursive, named).map_err(|problem| {
            let span =
                problem.span.and_then(|span| lines.bytes(span)).unwrap_or_else(|| written.span.clone());
            Box::new(statement.error(problem.code, problem.message, span).help(problem.help))
        })
    });
    result.unwrap_or_else(|| {
        let message = "reading this query needs more memory than the system gives";
        Err(Box::new(
            statement
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

/// What cannot be read costs types, not the view.
fn in_outline(error: Diagnostic) -> Diagnostic {
    let place = error.place.clone();
    Diagnostic::warning(VIEW_IN_OUTLINE, error.message)
        .at(place)
        .label("only the names of its columns, and some of their types, are known")
        .help("cast the columns whose types matter, or name their types in the manifest's `types`")
}

/// sqlparser gives the place in the message: ` at Line: 1, Column: 2`.
fn parse_error(statement: &Statement, lines: &Lines<'_>, problem: &ParserError) -> Box<Diagnostic> {
    let text = match problem {
        ParserError::RecursionLimitExceeded => {
            return Box::new(
                statement
                    .error(
                        NESTED_TOO_DEEPLY,
                        "this query nests more deeply than ormgen reads",
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
    let token = statement.tokens.iter().map(|token| token.span.clone()).find(|span| span.end > start);
    let what = what.replacen("Expected: ", "expected ", 1).replacen("found: ", "found ", 1);
    let what = what.replace("found EOF", "the query ends");
    Box::new(
        statement
            .error(UNREADABLE_STATEMENT, format!("ormgen cannot read the query: {what}"), token.unwrap_or(start..start))
            .help(format!(
                "mend the query; if PostgreSQL accepts it, write the construct that is marked in another form; in a migration \
                 that has run, {}",
                statement.ways_on(start)
            )),
    )
}

/// The whole text as an expression, if sqlparser reads it.
pub(super) fn parsed_expression(text: &str) -> Option<Expr> {
    expression(text)
}

/// The name that the server would give a column of that expression; none for `?column?`.
pub(super) fn implied_name(text: &str) -> Option<String> {
    labels::implied(&expression(text)?)
}
