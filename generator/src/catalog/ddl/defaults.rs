//! Defaults that are a text alone: the server reads it as a value of the column's type at once, and refuses another.

use super::{
    lex::TokenKind,
    literals::string_value,
    reader::Outcome,
    session::Session,
    split::{Expression, Statement},
};
use crate::{
    catalog::{SqlType, TypeKind},
    diagnostics::{IMPOSSIBLE_DEFINITION, nearest},
};

/// The text is a value of the type, as far as this is known without the server.
pub(super) fn check_text(
    session: &Session,
    statement: &Statement,
    ty: &SqlType,
    written: &Expression,
) -> Outcome {
    let tokens = statement.tokens.get(written.tokens.clone()).unwrap_or_default();
    let [token] = tokens else { return Ok(()) };
    if token.kind != TokenKind::Text {
        return Ok(());
    }
    let value = string_value(&statement.source.text[token.span.clone()], '\\');
    let help = if ty.array { why_no_array(ty, &value) } else { why_not(session, ty, &value) };
    let Some(help) = help else { return Ok(()) };
    let message = format!("the default `'{value}'` is no value of the type `{ty}`");
    Err(Box::new(statement.error(IMPOSSIBLE_DEFINITION, message, token.span.clone()).help(help)))
}

/// What to write, where the text is no value of the type.
fn why_not(session: &Session, ty: &SqlType, value: &str) -> Option<String> {
    if let Some(TypeKind::Enum { labels }) = session.catalog.types.get(&ty.name).map(|def| &def.kind) {
        return (!labels.iter().any(|label| label == value)).then(|| {
            let near = nearest(value, labels.iter().map(String::as_str));
            let all = || labels.iter().map(|label| format!("`'{label}'`")).collect::<Vec<_>>().join(", ");
            near.map_or_else(
                || format!("its labels are {}", all()),
                |near| format!("did you mean `'{near}'`?"),
            )
        });
    }
    if ty.name.schema != "pg_catalog" {
        return None;
    }
    let is_number = value.contains(|c: char| c.is_ascii_digit());
    let fits = match ty.name.name.as_str() {
        "int2" | "int4" | "int8" => is_number,
        // `NaN` and the infinities are words.
        "numeric" | "float4" | "float8" => is_number || is_word_of(value, &["nan", "inf"]),
        "bool" => is_number || is_word_of(value, &["t", "f", "y", "n", "on", "of"]),
        "uuid" => is_uuid(value),
        "json" | "jsonb" => may_be_json(value),
        "date" | "timestamp" | "timestamptz" => may_be_day(value),
        "int4range" | "int8range" | "numrange" | "daterange" | "tsrange" | "tstzrange" => {
            value.trim_start().starts_with(['[', '(']) || is_word_of(value, &["empty"])
        }
        _ => true,
    };
    (!fits).then(|| "write a value of that type, or change the column's type".to_owned())
}

/// Arrays are written in braces, with or without their bounds before them.
fn why_no_array(ty: &SqlType, value: &str) -> Option<String> {
    let value = value.trim_start();
    let has_bounds = value.starts_with('[') && value.contains('=');
    let is_plain = ty.name.schema == "pg_catalog" && !ty.name.name.ends_with("vector");
    (is_plain && !value.starts_with('{') && !has_bounds)
        .then(|| "write an array in braces: `'{}'`, `'{a,b}'`".to_owned())
}

fn is_uuid(value: &str) -> bool {
    let digits = value.chars().filter(char::is_ascii_hexdigit).count();
    digits == 32 && value.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, '-' | '{' | '}'))
}

/// Whether the text begins as a document does.
fn may_be_json(value: &str) -> bool {
    let mut text = value.trim_start().chars();
    let first = text.next();
    if first == Some('{') {
        return text.as_str().trim_start().starts_with(['"', '}']);
    }
    first.is_some_and(|c| "[\"-0123456789tfn".contains(c))
}

/// Whether the text may be a day: it has digits or one of some words, and no thirteenth month.
fn may_be_day(value: &str) -> bool {
    const WORDS: [&str; 6] = ["now", "today", "tomorrow", "yesterday", "epoch", "inf"];
    if !value.contains(|c: char| c.is_ascii_digit()) {
        return is_word_of(value, &WORDS);
    }
    let parts: Vec<&str> = value.trim().split('-').collect();
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 && month.len() == 2 && day.len() == 2 => {
            let within =
                |text: &str, most: u32| text.parse::<u32>().map_or(true, |n| (1..=most).contains(&n));
            within(month, 12) && within(day, 31)
        }
        _ => true,
    }
}

/// Whether the text begins with one of these, whatever its case, its sign and the spaces around it.
fn is_word_of(value: &str, begins: &[&str]) -> bool {
    let word = value.trim().trim_start_matches(['+', '-']).to_ascii_lowercase();
    begins.iter().any(|begin| word.starts_with(begin))
}
