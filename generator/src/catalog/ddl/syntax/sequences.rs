//! `CREATE SEQUENCE` and `ALTER SEQUENCE`. Manual: CREATE SEQUENCE, ALTER SEQUENCE.

use super::super::reader::{Ident, ObjectName, Outcome, Reader};

/// `CREATE SEQUENCE …`.
pub(crate) struct CreateSequence {
    pub(crate) temporary: bool,
    pub(crate) if_not_exists: bool,
    pub(crate) name: ObjectName,
    /// None where nothing is said of it.
    pub(crate) owner: Outcome<Option<Owner>>,
}

/// `OWNED BY`.
pub(crate) enum Owner {
    Nobody,
    Column { table: ObjectName, column: String },
}

/// `ALTER SEQUENCE …`.
pub(crate) struct AlterSequence {
    pub(crate) if_exists: bool,
    pub(crate) name: ObjectName,
    pub(crate) change: Outcome<SequenceChange>,
}

/// What `ALTER SEQUENCE` changes.
pub(crate) enum SequenceChange {
    RenameTo(Ident),
    SetSchema(Ident),
    Owner(Owner),
    /// How it counts.
    PassedOver,
}

/// After `SEQUENCE`.
pub(super) fn create(reader: &mut Reader<'_>, temporary: bool) -> Outcome<CreateSequence> {
    let if_not_exists = reader.accept("if not exists");
    let name = reader.object_name()?;
    Ok(CreateSequence { temporary, if_not_exists, name, owner: reader.deferred(owner) })
}

/// The last `OWNED BY` among options that otherwise shape nothing.
fn owner(reader: &mut Reader<'_>) -> Outcome<Option<Owner>> {
    let mut owner = None;
    while !reader.is_end() {
        if reader.accept("owned by none") {
            owner = Some(Owner::Nobody);
        } else if reader.accept("owned by") {
            owner = Some(column(reader)?);
        } else {
            reader.advance();
        }
    }
    Ok(owner)
}

/// `table.column` or `schema.table.column`.
fn column(reader: &mut Reader<'_>) -> Outcome<Owner> {
    let start = reader.at();
    let mut parts = vec![reader.ident()?.name];
    while reader.accept(".") {
        parts.push(reader.label()?.name);
    }
    let column = parts.pop().unwrap_or_default();
    let span = reader.span_from(start);
    let Some(name) = parts.pop() else { return Err(reader.expected("`table.column`")) };
    Ok(Owner::Column { table: ObjectName { schema: parts.pop(), name, span }, column })
}

/// After `SEQUENCE`.
pub(super) fn alter(reader: &mut Reader<'_>) -> Outcome<AlterSequence> {
    let if_exists = reader.accept("if exists");
    let name = reader.object_name()?;
    Ok(AlterSequence { if_exists, name, change: reader.deferred(change) })
}

fn change(reader: &mut Reader<'_>) -> Outcome<SequenceChange> {
    if reader.accept("rename to") {
        return reader.ident().map(SequenceChange::RenameTo);
    }
    if reader.accept("set schema") {
        return reader.ident().map(SequenceChange::SetSchema);
    }
    Ok(owner(reader)?.map_or(SequenceChange::PassedOver, SequenceChange::Owner))
}
