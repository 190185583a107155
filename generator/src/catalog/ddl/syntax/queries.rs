//! Queries: those of views and of `CREATE TABLE … AS`, and those that are statements of their own.

use std::ops::Range;

use super::super::{
    reader::{Outcome, Reader},
    split::Expression,
};
use crate::catalog::identifiers::stored;

/// The query up to the end of the statement, or to what may follow it.
pub(super) fn read(reader: &mut Reader<'_>) -> Outcome<Expression> {
    const TAILS: [&str; 5] = [
        "with check option",
        "with local check option",
        "with cascaded check option",
        "with data",
        "with no data",
    ];
    let start = reader.at();
    let mut last = reader.at();
    let mut end = None;
    while !reader.is_end() {
        last = reader.at();
        let mut ahead = reader.clone();
        if TAILS.iter().any(|tail| ahead.accept(tail)) && ahead.is_end() {
            end = Some(last);
            break;
        }
        reader.advance();
    }
    let end = end.unwrap_or(if reader.is_end() { last + 1 } else { last });
    if end == start || reader.statement.tokens.is_empty() {
        return Err(reader.expected("a query"));
    }
    let tokens = &reader.statement.tokens;
    let first = tokens.get(start).map_or(0, |token| token.span.start);
    let stop = tokens.get(end - 1).map_or(first, |token| token.span.end);
    reader.skip_rest();
    Ok(Expression { tokens: start..end, span: first..stop })
}

/// A query that is a statement of its own.
pub(crate) enum Query {
    /// `SELECT set_config('search_path', '…', false)`, as pg_dump writes it; nothing of another setting.
    SetConfig(Option<SearchPath>),
    Other {
        tokens: Expression,
        /// Where `SELECT … INTO` says which table it makes.
        into: Option<Range<usize>>,
    },
}

/// A search path that is set.
pub(crate) struct SearchPath {
    /// None for the default.
    pub(crate) schemas: Option<Vec<String>>,
    /// Until the transaction ends.
    pub(crate) is_local: bool,
}

/// A query, at its first word.
pub(super) fn statement(reader: &mut Reader<'_>) -> Outcome<Query> {
    if reader.is("select") {
        let mut call = reader.clone();
        call.advance();
        call.accept("pg_catalog .");
        if call.accept("set_config (") {
            return set_config(&mut call).map(Query::SetConfig);
        }
    }
    let into = into(reader.clone());
    Ok(Query::Other { tokens: reader.rest(), into })
}

fn set_config(reader: &mut Reader<'_>) -> Outcome<Option<SearchPath>> {
    if !reader.string()?.eq_ignore_ascii_case("search_path") || !reader.accept(",") {
        return Ok(None);
    }
    let schemas = reader.string()?.split(',').map(|part| stored(part.trim())).collect();
    Ok(Some(SearchPath { schemas: Some(schemas), is_local: reader.accept(", true") }))
}

/// Where `INTO` stands, if the query makes a table.
fn into(mut outside: Reader<'_>) -> Option<Range<usize>> {
    while !outside.is_end() {
        // `WITH … INSERT INTO`, `MERGE INTO`: the table is there.
        if ["insert", "update", "delete", "merge"].iter().any(|word| outside.is(word)) {
            return None;
        }
        if outside.is("into") {
            return Some(outside.span());
        }
        outside.skip_group();
    }
    None
}
