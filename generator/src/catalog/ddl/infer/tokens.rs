//! What stands at a place of a list of sqlparser's tokens.

use sqlparser::tokenizer::{Token, TokenWithSpan};

/// Whether it is this word, without quotes.
pub(super) fn is(tokens: &[TokenWithSpan], at: usize, word: &str) -> bool {
    match tokens.get(at).map(|token| &token.token) {
        Some(Token::Word(found)) => found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word),
        _ => false,
    }
}

pub(super) fn is_mark(tokens: &[TokenWithSpan], at: usize, mark: &Token) -> bool {
    tokens.get(at).is_some_and(|token| token.token == *mark)
}

pub(super) fn any_mark(tokens: &[TokenWithSpan], at: usize, marks: &[Token]) -> bool {
    marks.iter().any(|mark| is_mark(tokens, at, mark))
}

pub(super) fn any(tokens: &[TokenWithSpan], at: usize, words: &[&str]) -> bool {
    words.iter().any(|word| is(tokens, at, word))
}
