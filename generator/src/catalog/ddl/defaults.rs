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
    if token.kind != TokenKind::Text || ty.array {
        return Ok(());
    }
    let value = string_value(&statement.source.text[token.span.clone()], '\\');
    let Some(help) = why_not(session, ty, &value) else { return Ok(()) };
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
        "uuid" => is_number || value.contains(|c: char| c.is_ascii_hexdigit()),
        _ => true,
    };
    (!fits).then(|| "write a value of that type, or change the column's type".to_owned())
}

/// Whether the text begins with one of these, whatever its case, its sign and the spaces around it.
fn is_word_of(value: &str, begins: &[&str]) -> bool {
    let word = value.trim().trim_start_matches(['+', '-']).to_ascii_lowercase();
    begins.iter().any(|begin| word.starts_with(begin))
}
