//! SQL/JSON's functions, which have clauses of their own: `JSON_VALUE(doc, '$.a' RETURNING int DEFAULT 0 ON EMPTY)`.
//!
//! Manual: "JSON Functions and Operators". sqlparser reads few of the clauses, so each call is written as a plain one: what
//! clauses read are further arguments, and the type behind `RETURNING` is that of an argument with a name of its own.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::{any, is, is_mark};

/// The name under which a call gives NULL of the type behind its `RETURNING`.
pub(super) const RETURNING: &str = "json returning";

/// The type that a call has without `RETURNING`, if the function is one of SQL/JSON's.
pub(super) fn default_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "json_object" | "json_array" | "json_objectagg" | "json_arrayagg" | "json" | "json_scalar" => "json",
        "json_value" | "json_serialize" => "text",
        "json_query" => "jsonb",
        "json_exists" => "bool",
        _ => return None,
    })
}

/// The tokens with each call of these functions written as a plain one.
pub(super) fn as_plain_calls(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let mut plain = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        plain.push(token.clone());
        at += 1;
        if is_called(tokens, at - 1)
            && let Some(length) = tokens[at..].iter().scan(0, depth).position(|depth| depth == 0)
        {
            let inside = as_plain_calls(&tokens[at + 1..at + length]);
            plain.push(tokens[at].clone());
            let is_query = any(&inside, 0, &["select", "with", "values", "table"]);
            plain.extend(Call::of(&inside, is_query).plain(is_query));
            at += length;
        }
    }
    plain
}

/// Whether a call of one of the functions begins here, and not one of another schema's.
fn is_called(tokens: &[TokenWithSpan], at: usize) -> bool {
    let is_qualified = at > 0 && is_mark(tokens, at - 1, &Token::Period);
    let Token::Word(word) = &tokens[at].token else { return false };
    let is_it = word.quote_style.is_none() && default_type(&word.value.to_lowercase()).is_some();
    is_it && !is_qualified && is_mark(tokens, at + 1, &Token::LParen)
}

/// How many parentheses and brackets are open behind a token.
#[expect(clippy::unnecessary_wraps, reason = "as `scan` has it")]
fn depth(open: &mut usize, token: &TokenWithSpan) -> Option<usize> {
    match token.token {
        Token::LParen | Token::LBracket => *open += 1,
        Token::RParen | Token::RBracket => *open = open.saturating_sub(1),
        _ => {}
    }
    Some(*open)
}

/// What stands between the parentheses of a call, sorted.
#[derive(Default)]
struct Call {
    /// The arguments, and what the clauses read: `PASSING 1 AS x`, `DEFAULT 0 ON EMPTY`.
    arguments: Vec<TokenWithSpan>,
    /// The type behind `RETURNING`.
    returning: Vec<TokenWithSpan>,
    /// `ORDER BY …`
    order: Vec<TokenWithSpan>,
}

impl Call {
    /// The tokens of a call; a query in place of its arguments, `JSON_ARRAY(SELECT …)`, has words that are no clauses.
    fn of(inside: &[TokenWithSpan], mut is_query: bool) -> Self {
        let mut call = Self::default();
        let mut part: fn(&mut Self) -> &mut Vec<TokenWithSpan> = |call| &mut call.arguments;
        let (mut at, mut open) = (0, 0);
        while let Some(token) = inside.get(at) {
            is_query &= open > 0 || !any(inside, at, &["returning", "format"]);
            let clause = if open == 0 && !is_query { Clause::at(inside, at) } else { None };
            match clause {
                Some(Clause::Unread(length)) => {
                    at += length;
                    continue;
                }
                Some(Clause::Argument) => {
                    part = |call| &mut call.arguments;
                    call.arguments.push(TokenWithSpan { token: Token::Comma, ..token.clone() });
                }
                Some(Clause::Returning) => part = |call| &mut call.returning,
                Some(Clause::Order) => {
                    part = |call| &mut call.order;
                    call.order.push(token.clone());
                }
                None => {
                    depth(&mut open, token);
                    part(&mut call).push(token.clone());
                }
            }
            at += 1;
        }
        call
    }

    /// The tokens of a plain call that reads the same.
    fn plain(self, is_query: bool) -> Vec<TokenWithSpan> {
        let Self { mut arguments, returning, order } = self;
        let word = |word: &str, quote| TokenWithSpan::wrap(Token::make_word(word, quote));
        let mark = TokenWithSpan::wrap;
        if is_query {
            arguments.insert(0, mark(Token::LParen));
            arguments.push(mark(Token::RParen));
        }
        if !returning.is_empty() {
            if !arguments.is_empty() {
                arguments.push(mark(Token::Comma));
            }
            arguments.extend([
                word(RETURNING, Some('"')),
                mark(Token::RArrow),
                word("CAST", None),
                mark(Token::LParen),
            ]);
            arguments.extend([word("NULL", None), word("AS", None)]);
            arguments.extend(returning);
            arguments.push(mark(Token::RParen));
        }
        arguments.extend(order);
        arguments
    }
}

/// What begins at a token between the parentheses.
enum Clause {
    /// So many tokens that say nothing of names and types.
    Unread(usize),
    /// A word or a mark behind which a further argument stands.
    Argument,
    Returning,
    Order,
}

impl Clause {
    fn at(tokens: &[TokenWithSpan], at: usize) -> Option<Self> {
        let length_of = |words: &[&str]| (at..).take_while(|at| any(tokens, *at, words)).count();
        if is(tokens, at, "format") && is(tokens, at + 1, "json") {
            return Some(Self::Unread(if is(tokens, at + 2, "encoding") { 4 } else { 2 }));
        }
        if any(tokens, at, &["with", "without"]) {
            let words =
                ["with", "without", "conditional", "unconditional", "array", "wrapper", "unique", "keys"];
            return Some(Self::Unread(length_of(&words)));
        }
        if any(tokens, at, &["keep", "omit"]) && is(tokens, at + 1, "quotes") {
            return Some(Self::Unread(length_of(&["keep", "omit", "quotes", "on", "scalar", "string"])));
        }
        // `NULL ON EMPTY`, `EMPTY ARRAY ON ERROR`, `ABSENT ON NULL`; `ON ERROR` behind `DEFAULT …`
        let words: &[&str] = &["null", "absent", "error", "empty", "true", "false", "unknown"];
        let behaviour = match any(tokens, at, words) {
            true if any(tokens, at + 1, &["array", "object"]) => 2,
            is_there => usize::from(is_there),
        };
        if is(tokens, at + behaviour, "on") && any(tokens, at + behaviour + 1, &["null", "empty", "error"]) {
            return Some(Self::Unread(behaviour + 2));
        }
        // `PASSING value AS name`
        if is(tokens, at, "as") {
            return Some(Self::Unread(2));
        }
        let is_value = is(tokens, at, "value") && at > 0 && ends_value(&tokens[at - 1].token);
        if is_mark(tokens, at, &Token::Colon) || is_value || any(tokens, at, &["passing", "default"]) {
            return Some(Self::Argument);
        }
        if is(tokens, at, "order") && is(tokens, at + 1, "by") {
            return Some(Self::Order);
        }
        is(tokens, at, "returning").then_some(Self::Returning)
    }
}

/// Whether an expression may end with this token: `'key' VALUE 1`.
fn ends_value(token: &Token) -> bool {
    !matches!(token, Token::Comma | Token::Colon | Token::Period | Token::LParen | Token::LBracket)
        && !matches!(token, Token::Plus | Token::Minus | Token::Mul | Token::Div | Token::StringConcat)
}
