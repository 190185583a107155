//! What the server refuses of a single column, although each part of it can be read: types that do not go together, and
//! expressions that are not of the kind that their place asks for. Only what every version refuses is refused here.

use super::super::{
    lex::TokenKind,
    reader::{Ident, Outcome, Reader},
    session::Session,
    split::{Expression, Statement},
    syntax::columns::{ColumnDraft, KeyDraft},
};
use crate::{
    catalog::{QName, SqlType},
    diagnostics::IMPOSSIBLE_DEFINITION,
};

/// Types of the server's own that a B-tree does not order.
const WITHOUT_ORDER: [&str; 10] =
    ["json", "xml", "jsonpath", "point", "line", "lseg", "box", "path", "polygon", "circle"];
/// Types that neither a number nor a truth value becomes without a cast being written.
const NO_NUMBERS: [&str; 13] = [
    "date",
    "time",
    "timetz",
    "timestamp",
    "timestamptz",
    "interval",
    "uuid",
    "json",
    "jsonb",
    "inet",
    "cidr",
    "xml",
    "point",
];
/// Functions whose result is another one each time, or depends on settings.
const NOT_IMMUTABLE: [&str; 18] = [
    "now",
    "current_timestamp",
    "current_date",
    "current_time",
    "localtime",
    "localtimestamp",
    "clock_timestamp",
    "statement_timestamp",
    "transaction_timestamp",
    "timeofday",
    "random",
    "gen_random_uuid",
    "current_user",
    "session_user",
    "concat",
    "concat_ws",
    "format",
    "to_char",
];

fn refuse(statement: &Statement, message: String, span: std::ops::Range<usize>, help: &str) -> Outcome {
    Err(Box::new(statement.error(IMPOSSIBLE_DEFINITION, message, span).help(help)))
}

fn builtin(ty: &SqlType) -> Option<&str> {
    (ty.name.schema == "pg_catalog").then_some(ty.name.name.as_str())
}

/// The parts of a column's definition go together.
pub(super) fn check(session: &Session, statement: &Statement, draft: &ColumnDraft, ty: &SqlType) -> Outcome {
    let (name, span) = (&draft.name.name, draft.name.span.clone());
    if let Some(clause) = &draft.twice {
        let message = format!("`{name}` has `{}` twice", clause.name);
        return refuse(statement, message, clause.span.clone(), "keep one of the two");
    }
    let is_serial = draft.ty.as_ref().is_some_and(|ty| ty.serial);
    if draft.null && (draft.not_null || is_serial || draft.identity.is_some()) {
        let message = format!("`{name}` may be NULL and may not be NULL");
        let help =
            "take `NULL` out: columns of `serial` and identity columns are NOT NULL, whatever is written";
        return refuse(statement, message, span, help);
    }
    if draft.identity.is_some() {
        check_identity_type(statement, &draft.name, ty)?;
    }
    if let Some(default) = &draft.default {
        check_default(session, statement, ty, default)?;
        check_no_query(statement, default, "a default")?;
    }
    if let Some((expression, true)) = &draft.generated {
        check_no_query(statement, expression, "a generated column")?;
        check_immutable(session, statement, expression, "a generated column")?;
    }
    Ok(())
}

/// An identity column is an integer.
pub(super) fn check_identity_type(statement: &Statement, column: &Ident, ty: &SqlType) -> Outcome {
    let is_integer = matches!(builtin(ty), Some("int2" | "int4" | "int8")) && !ty.array;
    if is_integer || builtin(ty).is_none() {
        return Ok(());
    }
    let message = format!("`{}` is an identity column of the type `{ty}`", column.name);
    let help = "an identity column is `smallint`, `integer` or `bigint`";
    refuse(statement, message, column.span.clone(), help)
}

/// A number or a truth value alone is a default of no other type.
fn check_default(session: &Session, statement: &Statement, ty: &SqlType, default: &Expression) -> Outcome {
    let tokens = statement.tokens.get(default.tokens.clone()).unwrap_or_default();
    let ([token], true) = (tokens, session.casts.is_empty()) else { return Ok(()) };
    let text = &statement.source.text[token.span.clone()];
    let is_truth = token.kind == TokenKind::Word
        && (text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"));
    let Some(name) = builtin(ty).filter(|_| is_truth || token.kind == TokenKind::Number) else {
        return Ok(());
    };
    let is_number = matches!(name, "int2" | "int4" | "int8" | "numeric" | "float4" | "float8");
    let is_wrong =
        ty.array || NO_NUMBERS.contains(&name) || if is_truth { is_number } else { name == "bool" };
    if !is_wrong {
        return Ok(());
    }
    let help = if name == "bool" && !ty.array {
        "write `true` or `false`"
    } else {
        "write a value of that type, or change the column's type"
    };
    refuse(
        statement,
        format!("the default `{text}` is no value of the type `{ty}`"),
        token.span.clone(),
        help,
    )
}

/// Some expressions have no query in them.
pub(super) fn check_no_query(statement: &Statement, written: &Expression, what: &str) -> Outcome {
    let tokens = statement.tokens.get(written.tokens.clone()).unwrap_or_default();
    let query = tokens.iter().find(|token| {
        token.kind == TokenKind::Word
            && statement.source.text[token.span.clone()].eq_ignore_ascii_case("select")
    });
    match query {
        Some(token) => {
            let help = "write an expression over the columns of the row; a function may hold the query";
            refuse(statement, format!("{what} cannot have a query in it"), token.span.clone(), help)
        }
        None => Ok(()),
    }
}

/// A generated column and an index call only what gives the same result each time.
pub(super) fn check_immutable(
    session: &Session,
    statement: &Statement,
    written: &Expression,
    what: &str,
) -> Outcome {
    let mut reader = Reader::over(statement, written);
    let mut is_qualified = false;
    while !reader.is_end() {
        let word = reader.peek(0).to_ascii_lowercase();
        let is_name = reader.kind(0) == Some(TokenKind::Word) && NOT_IMMUTABLE.contains(&word.as_str());
        // Those of the clock are words of their own; a column may have the name of another.
        let is_word = word.starts_with("current_") || word.starts_with("local") || word == "session_user";
        if is_name && !is_qualified && (is_word || reader.peek(1) == "(") && !is_own(session, &word) {
            let message = format!("{what} calls `{word}`, which is not immutable");
            let help = "call functions whose result depends on nothing but what they are given";
            return refuse(statement, message, reader.span(), help);
        }
        is_qualified = reader.is(".");
        reader.advance();
    }
    Ok(())
}

/// Whether the schema has a function of that name.
fn is_own(session: &Session, name: &str) -> bool {
    session.functions.keys().any(|function| function.name == name)
}

/// A key's columns have types that the server can order.
pub(super) fn check_key(
    session: &Session,
    statement: &Statement,
    table: &QName,
    draft: &KeyDraft,
) -> Outcome {
    let Some(table) = session.catalog.tables.get(table) else { return Ok(()) };
    for written in &draft.columns {
        let Some(column) = table.column(&written.name) else { continue };
        if let Some(name) =
            builtin(&column.ty).filter(|name| !column.ty.array && WITHOUT_ORDER.contains(name))
        {
            let message = format!("`{}` is of the type `{name}`, which a key cannot have", written.name);
            let help = "leave the column out of the key; in place of `json`, `jsonb` can be a key";
            return refuse(statement, message, written.span.clone(), help);
        }
    }
    Ok(())
}
