//! sqlparser, over the tokens that [`mended`] gives it, and no deeper than the stack allows.

use sqlparser::{
    ast::{Expr, Query},
    dialect::PostgreSqlDialect,
    parser::{Parser, ParserError},
    tokenizer::{Token, Tokenizer},
};

use super::mend::mended;

/// How deep sqlparser may go; PostgreSQL's own views do not come near it.
const MAX_DEPTH: usize = 200;

const DIALECT: PostgreSqlDialect = PostgreSqlDialect {};

fn parser(text: &str) -> Result<Parser<'static>, ParserError> {
    let tokens = mended(Tokenizer::new(&DIALECT, text).tokenize_with_location()?);
    Ok(Parser::new(&DIALECT).with_recursion_limit(MAX_DEPTH).with_tokens_with_locations(tokens))
}

/// The whole text as a query.
pub(super) fn query(text: &str) -> Result<Box<Query>, ParserError> {
    let mut parser = parser(text)?;
    let query = parser.parse_query()?;
    if parser.peek_token_ref().token != Token::EOF {
        return parser.expected("the end of the query", parser.peek_token());
    }
    Ok(query)
}

/// The whole text as one expression.
pub(super) fn expression(text: &str) -> Option<Expr> {
    /// An expression of more bytes is not read: a chain of operators is as deep as it is long.
    const MAX_LENGTH: usize = 20_000;
    if text.len() > MAX_LENGTH {
        return None;
    }
    let mut parser = parser(text).ok()?;
    let expr = parser.parse_expr().ok()?;
    (parser.peek_token_ref().token == Token::EOF).then_some(expr)
}
