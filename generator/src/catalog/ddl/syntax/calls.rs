//! The functions that a text calls.

use super::super::{
    lex::TokenKind,
    reader::{ObjectName, Reader},
};

/// The first function of that sort that is called from the cursor to its end, with a cursor at its name.
pub(crate) fn find<'s>(
    reader: &Reader<'s>,
    is_meant: impl Fn(&ObjectName) -> bool,
) -> Option<(ObjectName, Reader<'s>)> {
    let mut ahead = reader.clone();
    while !ahead.is_end() {
        let start = ahead.clone();
        let is_name = matches!(ahead.kind(0), Some(TokenKind::Word | TokenKind::Quoted));
        match is_name.then(|| called(&mut ahead)).flatten() {
            Some(name) if is_meant(&name) => return Some((name, start)),
            Some(_) => {}
            None => {
                ahead = start;
                ahead.advance();
            }
        }
    }
    None
}

/// A name that stands before an opening parenthesis.
fn called(reader: &mut Reader<'_>) -> Option<ObjectName> {
    let mut parts = vec![reader.label().ok()?.name];
    while reader.accept(".") {
        parts.push(reader.label().ok()?.name);
    }
    let name = parts.pop()?;
    reader.is("(").then(|| ObjectName { schema: parts.pop(), name, span: 0..0 })
}
