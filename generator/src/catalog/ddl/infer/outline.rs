//! The columns of a query that sqlparser cannot read: their names from the select list alone, so that a construct in
//! one place of a view does not cost the view. What the `FROM` clause would tell is not known here.

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::ast::Expr;

use super::{
    super::{
        lex::TokenKind,
        reader::Reader,
        session::Session,
        split::{Expression, Statement},
    },
    analysis::Analysis,
    answer::{Inferred, OutputColumn},
    labels,
    lines::Lines,
    parse::expression,
    range_table::RangeTable,
};
use crate::catalog::QName;

/// The columns, if each has a name of its own.
pub(super) fn outline(
    session: &Session,
    lines: &Lines<'_>,
    statement: &Statement,
    written: &Expression,
) -> Option<Inferred> {
    let mut query = Reader::over(statement, written);
    skip_with(&mut query)?;
    query.expect("select").ok()?;
    if query.accept("distinct on") {
        query.parenthesized().ok()?;
    } else {
        let _ = query.accept("distinct") || query.accept("all");
    }
    let mut columns = Vec::new();
    loop {
        let item = item(&mut query)?;
        columns.push(column(session, lines, statement, &item)?);
        if !query.accept(",") {
            break;
        }
    }
    Some(Inferred { columns, reads: reads(session, &mut query), missing: Vec::new(), warning: None })
}

/// Past `WITH name AS (…), …` to the query's own `SELECT`.
fn skip_with(query: &mut Reader<'_>) -> Option<()> {
    if query.is("with") {
        while !query.is_end() && !query.is("select") {
            query.skip_group();
        }
    }
    query.is("select").then_some(())
}

/// One item of the select list.
fn item(query: &mut Reader<'_>) -> Option<Expression> {
    const ENDS: [&str; 14] = [
        "from",
        "where",
        "group",
        "having",
        "window",
        "union",
        "except",
        "intersect",
        "order",
        "limit",
        "offset",
        "fetch",
        "for",
        "into",
    ];
    let start = query.at();
    let mut inside = false;
    while !query.is_end() && !query.is(",") {
        // `IS DISTINCT FROM`, `COLLATION FOR` and `WITHIN GROUP` are no end.
        if !inside && ENDS.iter().any(|word| query.is(word)) {
            break;
        }
        inside = query.is("distinct") || query.is("collation") || query.is("within");
        query.skip_group();
    }
    (query.at() > start).then(|| Expression { tokens: start..query.at(), span: query.span_from(start) })
}

fn column(
    session: &Session,
    lines: &Lines<'_>,
    statement: &Statement,
    item: &Expression,
) -> Option<OutputColumn> {
    let (name, expr) = named(statement, item)?;
    let ty = expr.map(|expr| {
        let mut scope = RangeTable::new(None);
        scope.open = true;
        Analysis::new(session, lines).expression(&expr, &scope).ty.resolved()
    });
    let ty = ty.unwrap_or_else(crate::catalog::SqlType::unknown);
    Some(OutputColumn { name, ty, collation: None, span: Some(item.span.clone()) })
}

/// The item's name, and its expression where that can be read on its own.
fn named(statement: &Statement, item: &Expression) -> Option<(String, Option<Expr>)> {
    if let Some(expr) = expression(&statement.text(item)) {
        return Some((labels::label(&expr), Some(expr)));
    }
    // The last token is an alias, with or without `AS`.
    let last = item.tokens.end.checked_sub(1)?;
    let mut alias =
        Reader::over(statement, &Expression { tokens: last..item.tokens.end, span: item.span.clone() });
    if !matches!(alias.kind(0), Some(TokenKind::Word | TokenKind::Quoted)) {
        return None;
    }
    let name = alias.label().ok()?.name;
    let tokens = &statement.tokens;
    let is_as = |at: usize| {
        tokens.get(at).is_some_and(|t| statement.source.text[t.span.clone()].eq_ignore_ascii_case("as"))
    };
    let before = last.checked_sub(1).filter(|at| *at > item.tokens.start && is_as(*at)).unwrap_or(last);
    let end = before.checked_sub(1).filter(|at| *at >= item.tokens.start)?;
    let span = tokens.get(item.tokens.start)?.span.start..tokens.get(end)?.span.end;
    let expr = expression(&statement.text(&Expression { tokens: item.tokens.start..before, span }));
    // Without `AS` the words before it must be an expression, or the last word may be part of one.
    (before < last || expr.is_some()).then_some((name, expr))
}

/// The tables that the rest of the query names.
fn reads(session: &Session, query: &mut Reader<'_>) -> BTreeMap<QName, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    while !query.is_end() {
        let begins = ["from", "join", ","].iter().any(|word| query.is(word));
        query.advance();
        if begins && query.is_ident() {
            let table = query.clone().object_name().ok().and_then(|name| session.find_table(&name));
            if let Some(table) = table {
                found.insert(table, BTreeSet::new());
            }
        }
    }
    found
}
