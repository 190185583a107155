//! Which columns an expression names, found by its tokens.
//!
//! PostgreSQL knows the columns after its analysis; here a word counts as a column if the table has a column of that
//! name and the word is not in the place of a function, a type or a key word.

use std::{collections::BTreeSet, ops::Range};

use super::{
    identifiers::clip,
    lex::{Lexer, Token, TokenKind},
    literals::{decode_unicode, unquote},
    relation_texts::is_relation,
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
    columns_of(&statement.text(expression), is_column).into_iter().collect()
}

/// The columns of a table that an expression's text names.
pub(super) fn columns_of_text(text: &str, table: &Table) -> Vec<String> {
    columns_of(text, |name| table.column(name).is_some())
}

fn columns_of(text: &str, is_column: impl Fn(&str) -> bool) -> Vec<String> {
    let words = words(text);
    let named = words.iter().enumerate().filter(|(at, _)| may_be_column(&words, *at));
    named.map(|(_, word)| word.name()).filter(|name| is_column(name)).collect()
}

/// A token of an expression's text.
pub(super) struct Word<'t> {
    kind: TokenKind,
    pub(super) text: &'t str,
    pub(super) span: Range<usize>,
}

impl Word<'_> {
    /// Whether it is a key word or an identifier.
    pub(super) fn is_name(&self) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Quoted)
    }

    /// The name that the server knows it by.
    pub(super) fn name(&self) -> String {
        let name = match self.text.get(2..).filter(|_| self.kind == TokenKind::Quoted) {
            Some(inside) if !self.text.starts_with('"') => decode_unicode(&unquote(inside, '"'), '\\'),
            _ => stored(self.text),
        };
        clip(&name).to_owned()
    }
}

pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    let mut lexer = Lexer::new(text, 0);
    let tokens = std::iter::from_fn(|| lexer.next());
    tokens.map(|Token { kind, span }| Word { kind, text: &text[span.clone()], span }).collect()
}

/// Whether a word is an attribute of a composite value: it follows `).`, `].`, or another attribute.
pub(super) fn is_attribute(words: &[Word<'_>], at: usize) -> bool {
    let text =
        |before: usize| at.checked_sub(before).and_then(|at| words.get(at)).map_or("", |word| word.text);
    text(1) == "." && (matches!(text(2), ")" | "]") || (at > 3 && is_attribute(words, at - 2)))
}

/// Whether a word may be a column, by what stands around it.
fn may_be_column(words: &[Word<'_>], at: usize) -> bool {
    let Some(word) = words.get(at).filter(|word| word.is_name()) else { return false };
    let previous = at.checked_sub(1).and_then(|before| words.get(before)).map_or("", |word| word.text);
    let (next, next_kind) = words.get(at + 1).map_or(("", None), |next| (next.text, Some(next.kind)));
    let is_type = previous == "::" || previous.eq_ignore_ascii_case("as");
    let is_literal = next_kind == Some(TokenKind::Text) && !word.text.starts_with('"');
    let is_zone = word.text.eq_ignore_ascii_case("time") && next.eq_ignore_ascii_case("zone");
    !is_type && !is_literal && !is_zone && next != "(" && next != "." && !is_attribute(words, at)
}

/// The expression's text with a column's new name.
pub(super) fn rename_column(text: &str, old: &str, new: &str) -> String {
    let words = words(text);
    let (mut renamed, mut copied) = (String::with_capacity(text.len()), 0);
    for (at, word) in words.iter().enumerate() {
        if may_be_column(&words, at) && word.name() == old {
            renamed.push_str(&text[copied..word.span.start]);
            renamed.push_str(&identifiers::quote(new));
            copied = word.span.end;
        }
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
            TokenKind::Text if names(word(at), old) && is_relation(at, word) => {
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
            (r#"U&"n\0061me" = 1"#, "\"New\" = 1"),
            ("(name).name > (t.name).a.name", "(\"New\").name > (t.\"New\").a.name"),
        ] {
            assert_eq!(rename_column(text, "name", "New"), expected);
        }
    }
}
