//! Calls that have words between their arguments, in the words of [`mend`](super::mend): plain arguments, as far as these
//! tell the names and types of columns.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::{any, any_mark, is, is_mark};

/// The function that a call of `ROWS FROM (f() AS (a int))` is read as: its columns are arguments with names.
pub(super) const DECLARED: &str = "declared columns";

/// The function in whose parentheses a token stands: where its name is.
fn enclosing(tokens: &[TokenWithSpan], at: usize) -> Option<usize> {
    let mut depth = 0usize;
    let opening = tokens.get(..at)?.iter().rposition(|token| {
        match token.token {
            Token::RParen => depth += 1,
            Token::LParen if depth == 0 => return true,
            Token::LParen => depth -= 1,
            _ => {}
        }
        false
    });
    opening?.checked_sub(1)
}

fn is_in_call(tokens: &[TokenWithSpan], at: usize, function: &str) -> bool {
    enclosing(tokens, at).is_some_and(|name| is(tokens, name, function))
}

/// The token that a word of such a call is read as.
pub(super) fn in_other_words(tokens: &[TokenWithSpan], at: usize) -> Option<(Token, usize)> {
    let is_pattern = |at: usize| is(tokens, at, "similar") && !is(tokens, at + 1, "to");
    // `SUBSTRING(a SIMILAR b ESCAPE c)`
    if is_pattern(at) && is_in_call(tokens, at, "substring") {
        return Some((Token::make_word("FROM", None), 1));
    }
    if is(tokens, at, "escape") && is_in_call(tokens, at, "substring") {
        let name = enclosing(tokens, at)?;
        return (name..at).any(is_pattern).then(|| (Token::make_word("FOR", None), 1));
    }
    // `XMLEXISTS(path PASSING BY REF document BY REF)`
    if is(tokens, at, "passing") && is_in_call(tokens, at, "xmlexists") {
        return Some((Token::Comma, if is(tokens, at + 1, "by") { 3 } else { 1 }));
    }
    prefix_operator(tokens, at)
}

/// `OPERATOR(schema.-) a`: sqlparser reads it between two operands alone.
fn prefix_operator(tokens: &[TokenWithSpan], at: usize) -> Option<(Token, usize)> {
    const BEFORE_OPERANDS: [&str; 14] = [
        "select", "distinct", "all", "and", "or", "not", "when", "then", "else", "where", "having", "on",
        "by", "between",
    ];
    let begins = is(tokens, at, "operator") && is_mark(tokens, at + 1, &Token::LParen);
    let before = at.checked_sub(1)?;
    let marks = [Token::LParen, Token::Comma, Token::LBracket, Token::Eq, Token::Plus, Token::Minus];
    if !begins || !(any(tokens, before, &BEFORE_OPERANDS) || any_mark(tokens, before, &marks)) {
        return None;
    }
    let length = tokens.get(at..)?.iter().position(|token| token.token == Token::RParen)?;
    Some((tokens.get(at + length - 1)?.token.clone(), length + 1))
}

/// How many tokens from here say nothing of names and types.
pub(super) fn superfluous(tokens: &[TokenWithSpan], at: usize) -> usize {
    let opens =
        |function: &str| at >= 2 && is_mark(tokens, at - 1, &Token::LParen) && is(tokens, at - 2, function);
    let closes = |at: usize| is_mark(tokens, at, &Token::RParen);
    if any(tokens, at, &["content", "document"]) && opens("xmlserialize") {
        return 1;
    }
    let indents = |at: usize| is(tokens, at, "indent") && closes(at + 1);
    if (indents(at) || (is(tokens, at, "no") && indents(at + 1))) && is_in_call(tokens, at, "xmlserialize") {
        return if is(tokens, at, "no") { 2 } else { 1 };
    }
    if is(tokens, at, "by") && closes(at + 2) && is_in_call(tokens, at, "xmlexists") {
        return 2;
    }
    0
}

/// What stands for `AS` in `XMLSERIALIZE(CONTENT a AS text)`: the type is that of a further argument.
pub(super) fn serialized(tokens: &[TokenWithSpan], at: usize) -> Option<[Token; 3]> {
    let is_it = is(tokens, at, "as") && is_in_call(tokens, at, "xmlserialize");
    is_it.then(|| [Token::Comma, Token::make_word("NULL", None), Token::DoubleColon])
}

/// `AS (a int, b text)` behind a call in `ROWS FROM`: a call that gives the columns, and how many tokens it stands for.
pub(super) fn declared(tokens: &[TokenWithSpan], at: usize) -> Option<(Vec<Token>, usize)> {
    let name = enclosing(tokens, at)?;
    let is_rows_from = is(tokens, name, "from") && name > 0 && is(tokens, name - 1, "rows");
    if !is_rows_from || !is(tokens, at, "as") || !is_mark(tokens, at + 1, &Token::LParen) {
        return None;
    }
    let word = |word: &str| Token::make_word(word, None);
    let mut call = vec![Token::make_word(DECLARED, Some('"')), Token::LParen];
    let mut next = at + 2;
    loop {
        call.extend([tokens.get(next)?.token.clone(), Token::RArrow, word("CAST"), Token::LParen]);
        call.extend([word("NULL"), word("AS")]);
        let (mut depth, mut is_open) = (0usize, true);
        next += 1;
        loop {
            let token = &tokens.get(next)?.token;
            match token {
                Token::LParen => depth += 1,
                Token::RParen | Token::Comma if depth == 0 => break,
                Token::RParen => depth -= 1,
                _ => {}
            }
            if is(tokens, next, "collate") {
                call.push(Token::RParen);
                is_open = false;
            }
            call.push(token.clone());
            next += 1;
        }
        call.extend(is_open.then_some(Token::RParen));
        call.push(tokens.get(next)?.token.clone());
        next += 1;
        if call.last() == Some(&Token::RParen) {
            return Some((call, next - at));
        }
    }
}
