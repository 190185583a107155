//! `SET standard_conforming_strings = off`: from there on a backslash begins an escape in every text, as in `E'…'`. Texts
//! are not read so here, therefore one with a backslash is told where it shapes something (case
//! `refused_text_with_escapes`).

use super::super::{
    lex::TokenKind,
    reader::{Outcome, Reader},
    session::Session,
    split::Statement,
    syntax::ParsedStatement,
};
use crate::diagnostics::UNREADABLE_STATEMENT;

/// Follows the setting.
pub(super) fn set(session: &mut Session, statement: &Statement) {
    let mut reader = Reader::new(statement);
    let is_reset = reader.accept("reset");
    reader.accept("set");
    let _ = reader.accept("session") || reader.accept("local");
    if reader.accept("standard_conforming_strings") {
        let _ = reader.accept("=") || reader.accept("to");
        let value = reader.peek(0).trim_matches('\'').to_ascii_lowercase();
        session.texts_have_escapes = !is_reset && matches!(value.as_str(), "off" | "false" | "no" | "0");
    }
}

/// A statement that shapes something has no text that means another one to the server.
pub(super) fn check(session: &Session, statement: &Statement, command: &ParsedStatement) -> Outcome {
    let shapes_nothing = matches!(
        command,
        ParsedStatement::Nothing
            | ParsedStatement::Data(_)
            | ParsedStatement::Query(_)
            | ParsedStatement::Comment(_)
            | ParsedStatement::Attachment(_)
            | ParsedStatement::CreateFunction(_)
    );
    if !session.texts_have_escapes || shapes_nothing {
        return Ok(());
    }
    let text = |span: &std::ops::Range<usize>| &statement.source.text[span.clone()];
    let has_escape = |token: &&super::super::lex::Token| {
        token.kind == TokenKind::Text
            && text(&token.span).starts_with('\'')
            && text(&token.span).contains('\\')
    };
    match statement.tokens.iter().find(has_escape) {
        Some(token) => {
            let message = "`standard_conforming_strings` is off: the backslash begins an escape in this text";
            let help = "write the text as `E'…'`, which means the same whatever the setting";
            Err(Box::new(statement.error(UNREADABLE_STATEMENT, message, token.span.clone()).help(help)))
        }
        None => Ok(()),
    }
}
