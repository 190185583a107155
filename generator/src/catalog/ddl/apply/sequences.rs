//! Applies `CREATE SEQUENCE` and `ALTER SEQUENCE`. Manual: CREATE SEQUENCE.

use super::{
    super::{
        dependencies,
        reader::Outcome,
        session::{Session, TEMPORARY, missing},
        split::Statement,
        syntax::sequences::{AlterSequence, CreateSequence, Owner, SequenceChange},
    },
    target::{move_to_schema, rename_to},
};
use crate::{catalog::QName, diagnostics::NO_SUCH_OBJECT};

/// Applies `CREATE SEQUENCE …`.
pub(super) fn create(session: &mut Session, statement: &Statement, written: CreateSequence) -> Outcome {
    let mut name = written.name;
    if written.temporary {
        name.schema = Some(TEMPORARY.into());
    }
    let full = session.new_name(&name);
    if written.if_not_exists && session.objects.relation(&full).is_some() {
        return Ok(());
    }
    session.check_free(statement, &full, name.span.clone())?;
    let owned_by = match &written.owner? {
        Some(owner) => column(session, statement, owner)?,
        None => None,
    };
    session.add_sequence(&full, owned_by);
    session.new_owned_sequences.clear();
    dependencies::of_sequence(session, &full);
    Ok(())
}

/// The table and column of an owner that is there.
fn column(session: &mut Session, statement: &Statement, owner: &Owner) -> Outcome<Option<(QName, String)>> {
    let Owner::Column { table: written, column } = owner else { return Ok(None) };
    let table = session.table_name(statement, written)?;
    if session.catalog.tables.get(&table).is_none_or(|table| table.column(column).is_none()) {
        let message = format!("`{}` has no column `{column}`", table.name);
        return Err(Box::new(
            statement
                .error(NO_SUCH_OBJECT, message, written.span.clone())
                .help("name the column that the sequence is for"),
        ));
    }
    Ok(Some((table, column.clone())))
}

/// Applies `ALTER SEQUENCE …`.
pub(super) fn alter(session: &mut Session, statement: &Statement, written: AlterSequence) -> Outcome {
    let name = written.name;
    let Some(full) = session.find_relation(&name).filter(|name| session.catalog.sequences.contains_key(name))
    else {
        return if written.if_exists {
            Ok(())
        } else {
            Err(Box::new(missing(statement, "sequence", &name.name, name.span.clone(), None)))
        };
    };
    match written.change? {
        SequenceChange::RenameTo(new) => rename_to(session, statement, &full, new),
        SequenceChange::SetSchema(schema) => move_to_schema(session, statement, &full, &schema),
        SequenceChange::Owner(owner) => {
            let owner = column(session, statement, &owner)?;
            if let Some(sequence) = session.catalog.sequences.get_mut(&full) {
                sequence.owned_by = owner;
                dependencies::of_sequence(session, &full);
            }
            Ok(())
        }
        SequenceChange::PassedOver => Ok(()),
    }
}
