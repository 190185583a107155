//! `CREATE OPERATOR` and `CREATE CAST`: neither shapes a table, but the types of views' columns depend on them.

use super::super::{
    reader::{Outcome, Reader},
    session::Session,
    split::Expression,
    types,
};
use crate::catalog::SqlType;

/// After `OPERATOR`: its name is kept. What it gives is asked for where a view uses it.
pub(super) fn create_operator(session: &mut Session, reader: &mut Reader<'_>) {
    if reader.is("class") || reader.is("family") {
        return;
    }
    let start = reader.at();
    while !reader.is_end() && !reader.is("(") {
        reader.advance();
    }
    let written = reader.text(&Expression { tokens: start..reader.at(), span: reader.span_from(start) });
    let name = written.rsplit('.').next().unwrap_or_default().trim();
    session.operators.insert(name.to_owned());
}

/// After `CREATE CAST`. Keeps implicit casts alone; skips any other cast, and one that is not understood.
pub(super) fn create_cast(session: &mut Session, reader: &mut Reader<'_>) {
    let Ok(cast) = source_and_target(session, reader) else { return };
    while !reader.is_end() {
        if reader.accept("as implicit") {
            session.casts.push(cast);
            return;
        }
        reader.advance();
    }
}

/// After `DROP CAST`.
pub(super) fn drop_cast(session: &mut Session, reader: &mut Reader<'_>) {
    reader.accept("if exists");
    if let Ok(cast) = source_and_target(session, reader) {
        session.casts.retain(|other| *other != cast);
    }
}

/// `(source AS target)`.
fn source_and_target(session: &Session, reader: &mut Reader<'_>) -> Outcome<(SqlType, SqlType)> {
    let list = reader.parenthesized()?;
    let mut inside = reader.within(&list);
    let source = types::read(&mut inside)?;
    inside.expect("as")?;
    let target = types::read(&mut inside)?;
    let known = |written: &types::TypeName| {
        let name = session.find_type(&written.name)?;
        Some(SqlType { modifier: None, ..types::sql_type(written, name) })
    };
    known(&source).zip(known(&target)).ok_or_else(|| inside.expected("two types"))
}
