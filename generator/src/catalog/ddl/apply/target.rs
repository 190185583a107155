//! What several statements have in common: the table that `ALTER TABLE` is for, `RENAME`, `SET SCHEMA`, `CASCADE`.

use super::super::{
    reader::{Ident, ObjectName, Outcome, Reader},
    rename,
    session::Session,
    split::Statement,
};
use crate::catalog::QName;

/// The table that a statement's actions are for.
pub(super) struct Target {
    pub(super) table: QName,
    /// `ONLY`: not what inherits from it.
    pub(super) only: bool,
}

impl Target {
    /// The table, with all that inherit from it unless `ONLY` was said.
    pub(super) fn members(&self, session: &Session) -> Vec<QName> {
        if self.only { vec![self.table.clone()] } else { session.family(&self.table) }
    }
}

/// Moves a relation to another schema.
pub(super) fn move_to_schema(
    session: &mut Session,
    statement: &Statement,
    name: &QName,
    schema: &Ident,
) -> Outcome {
    let written = ObjectName { schema: Some(schema.name.clone()), name: name.name.clone(), span: 0..0 };
    let target = session.new_name(&written);
    if target != *name {
        session.check_free(statement, &target, schema.span.clone())?;
        rename::rename(session, name, &target);
    }
    Ok(())
}

/// `old TO new`, and nothing after it.
pub(super) fn rename_pair(reader: &mut Reader<'_>) -> Outcome<(Ident, Ident)> {
    let old = reader.ident()?;
    reader.expect("to")?;
    let new = reader.ident()?;
    reader.finish()?;
    Ok((old, new))
}

/// `RESTRICT` is the default.
pub(super) fn accept_cascade(reader: &mut Reader<'_>) -> bool {
    let cascade = reader.accept("cascade");
    let _ = cascade || reader.accept("restrict");
    cascade
}
