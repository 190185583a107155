//! Which columns an expression names, found by its tokens.
//!
//! PostgreSQL knows the columns after its analysis; here a word counts as a column if the table has a column of that
//! name and the word is not in the place of a function, a type or a key word.

use std::collections::BTreeSet;

use super::{
    lex::{Lexer, Token, TokenKind},
    reader::Reader,
    split::{Expression, Statement},
};
use crate::catalog::{
    QName, Table,
    identifiers::{self, stored},
};

/// The columns of a table that the expression names.
pub(super) fn columns_in(
    statement: &Statement,
    expression: &Expression,
    is_column: impl Fn(&str) -> bool,
) -> BTreeSet<String> {
    let mut tokens = Reader::over(statement, expression);
    let mut found = BTreeSet::new();
    let mut previous = "";
    while !tokens.is_end() {
        let word = tokens.peek(0);
        if matches!(tokens.kind(0), Some(TokenKind::Word | TokenKind::Quoted)) {
            let next = tokens.peek(1);
            let mut lookahead = tokens.clone();
            let is_value = may_be_column(previous, word, next, tokens.kind(1));
            if let Some(ident) = lookahead.label().ok().filter(|ident| is_value && is_column(&ident.name)) {
                found.insert(ident.name);
            }
        }
        previous = word;
        tokens.advance();
    }
    found
}

/// The columns of a table that an expression's text names.
pub(super) fn columns_of_text(text: &str, table: &Table) -> Vec<String> {
    let mut lexer = Lexer::new(text, 0);
    let tokens: Vec<(TokenKind, &str)> =
        std::iter::from_fn(|| lexer.next()).map(|token| (token.kind, &text[token.span])).collect();
    let mut found = Vec::new();
    for (at, (kind, word)) in tokens.iter().enumerate() {
        let name = match kind {
            TokenKind::Word | TokenKind::Quoted => stored(word),
            _ => continue,
        };
        let previous = at.checked_sub(1).and_then(|before| tokens.get(before)).map_or("", |(_, text)| *text);
        let next = tokens.get(at + 1);
        let is_value =
            may_be_column(previous, word, next.map_or("", |(_, text)| *text), next.map(|(kind, _)| *kind));
        if is_value && table.column(&name).is_some() {
            found.push(name);
        }
    }
    found
}

/// Whether a word between these two may be a column.
fn may_be_column(previous: &str, word: &str, next: &str, next_kind: Option<TokenKind>) -> bool {
    let is_type = previous == "::" || previous.eq_ignore_ascii_case("as");
    let is_literal = next_kind == Some(TokenKind::Text) && !word.starts_with('"');
    let is_zone = word.eq_ignore_ascii_case("time") && next.eq_ignore_ascii_case("zone");
    !is_type && !is_literal && !is_zone && next != "(" && next != "."
}

/// The expression's text with a column's new name.
pub(super) fn rename_column(text: &str, old: &str, new: &str) -> String {
    let mut lexer = Lexer::new(text, 0);
    let (mut renamed, mut copied, mut previous) = (String::with_capacity(text.len()), 0, "");
    let mut current = lexer.next();
    while let Some(token) = current {
        let next = lexer.next();
        let word = &text[token.span.clone()];
        let name = match token.kind {
            TokenKind::Word | TokenKind::Quoted => stored(word),
            _ => String::new(),
        };
        let next_text = next.as_ref().map_or("", |next| &text[next.span.clone()]);
        if name == old && may_be_column(previous, word, next_text, next.as_ref().map(|next| next.kind)) {
            renamed.push_str(&text[copied..token.span.start]);
            renamed.push_str(&identifiers::quote(new));
            copied = token.span.end;
        }
        (previous, current) = (word, next);
    }
    renamed.push_str(&text[copied..]);
    renamed
}

/// The text with a function's or a sequence's new name: where it is called, and where a literal names it.
pub(super) fn rename_object(text: &str, old: &QName, new: &QName) -> String {
    let mut lexer = Lexer::new(text, 0);
    let tokens: Vec<Token> = std::iter::from_fn(|| lexer.next()).collect();
    let word = |at: usize| tokens.get(at).map_or("", |token| &text[token.span.clone()]);
    let shown = if old.schema == new.schema {
        identifiers::quote(&new.name)
    } else {
        format!("{}.{}", identifiers::quote(&new.schema), identifiers::quote(&new.name))
    };
    let (mut renamed, mut copied) = (String::with_capacity(text.len()), 0);
    for (at, token) in tokens.iter().enumerate() {
        let replacement = match token.kind {
            TokenKind::Word | TokenKind::Quoted if word(at + 1) == "(" && stored(word(at)) == old.name => {
                Some(shown.clone())
            }
            TokenKind::Text if names(word(at), old) => {
                let name = format!("{}.{}", identifiers::quote(&new.schema), identifiers::quote(&new.name));
                Some(format!("'{}'", name.replace('\'', "''")))
            }
            _ => None,
        };
        let Some(replacement) = replacement else { continue };
        // A schema that stands before the name goes with it where the schema changes.
        let is_qualified = at >= 2 && word(at - 1) == ".";
        let start = match tokens.get(at.wrapping_sub(2)) {
            Some(schema) if is_qualified && old.schema != new.schema => schema.span.start,
            _ => token.span.start,
        };
        renamed.push_str(text.get(copied..start).unwrap_or_default());
        renamed.push_str(&replacement);
        copied = token.span.end;
    }
    renamed.push_str(&text[copied..]);
    renamed
}

/// Whether a literal is the name of a relation, with or without its schema: `'app.orders_id_seq'`.
fn names(literal: &str, name: &QName) -> bool {
    let value = literal.trim_matches('\'').replace('"', "");
    value == name.name || value == name.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_column_is_renamed_in_expressions() {
        for (text, expected) in [
            ("name > 0 AND t.name < 3", "\"New\" > 0 AND t.\"New\" < 3"),
            ("name(x) > y::name AND 'name' <> \"name\"", "name(x) > y::name AND 'name' <> \"New\""),
            ("Name IS NULL", "\"New\" IS NULL"),
        ] {
            assert_eq!(rename_column(text, "name", "New"), expected);
        }
    }
}
