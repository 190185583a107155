//! What several statements have in common: the table that `ALTER TABLE` is for, a new name, another schema.

use super::super::{
    reader::{Ident, ObjectName, Outcome},
    rename,
    session::Session,
    split::Statement,
};
use crate::catalog::{QName, SqlType};

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

    /// The type of its column; unknown if there is none.
    pub(super) fn type_of(&self, session: &Session, column: &Ident) -> SqlType {
        let table = session.catalog.tables.get(&self.table);
        let column = table.and_then(|table| table.column(&column.name));
        column.map_or_else(SqlType::unknown, |column| column.ty.clone())
    }
}

/// Gives a relation another name in its schema.
pub(super) fn rename_to(session: &mut Session, statement: &Statement, name: &QName, new: Ident) -> Outcome {
    let to = QName::new(&name.schema, &new.name);
    session.check_free(statement, &to, new.span)?;
    rename::rename(session, name, &to);
    Ok(())
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
        // Its indexes and its own sequences go along.
        let indexes = session.objects.relation(name).map(|id| session.objects.indexes_of(id));
        let indexes = indexes.into_iter().flatten().map(|id| session.objects.name(id).name.clone());
        let is_own = |owner: &Option<(QName, String)>| owner.as_ref().is_some_and(|(table, _)| table == name);
        let sequences = session.catalog.sequences.iter().filter(|(_, sequence)| is_own(&sequence.owned_by));
        let along: Vec<String> = indexes.chain(sequences.map(|(name, _)| name.name.clone())).collect();
        for moved in along {
            session.check_free(statement, &QName::new(&target.schema, moved), schema.span.clone())?;
        }
        rename::rename(session, name, &target);
    }
    Ok(())
}
