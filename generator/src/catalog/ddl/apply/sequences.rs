//! `CREATE SEQUENCE` and `ALTER SEQUENCE`. Manual: CREATE SEQUENCE.

use super::{
    super::{
        dependencies,
        reader::{ObjectName, Outcome, Reader},
        rename,
        session::{Session, TEMPORARY, missing},
    },
    target::move_to_schema,
};
use crate::{catalog::QName, diagnostics::NO_SUCH_OBJECT};

/// `CREATE SEQUENCE …`, after `SEQUENCE`.
pub(super) fn create(session: &mut Session, reader: &mut Reader<'_>, temporary: bool) -> Outcome {
    let if_not_exists = reader.accept("if not exists");
    let mut name = reader.object_name()?;
    if temporary {
        name.schema = Some(TEMPORARY.into());
    }
    let full = session.new_name(&name);
    if if_not_exists && session.objects.relation(&full).is_some() {
        reader.skip_rest();
        return Ok(());
    }
    session.check_free(reader.statement, &full, name.span.clone())?;
    let owned_by = options(session, reader)?.flatten();
    session.add_sequence(&full, owned_by);
    session.new_owned_sequences.clear();
    dependencies::of_sequence(session, &full);
    Ok(())
}

/// The owner where `OWNED BY` gives one; `Some(None)` for `OWNED BY NONE`. All other options shape nothing.
#[allow(clippy::option_option)]
fn options(session: &mut Session, reader: &mut Reader<'_>) -> Outcome<Option<Option<(QName, String)>>> {
    let mut owner = None;
    while !reader.is_end() {
        if reader.accept("owned by none") {
            owner = Some(None);
        } else if reader.accept("owned by") {
            owner = Some(Some(column(session, reader)?));
        } else {
            reader.advance();
        }
    }
    Ok(owner)
}

/// `table.column` or `schema.table.column`.
fn column(session: &mut Session, reader: &mut Reader<'_>) -> Outcome<(QName, String)> {
    let start = reader.at();
    let mut parts = vec![reader.ident()?.name];
    while reader.accept(".") {
        parts.push(reader.label()?.name);
    }
    let column = parts.pop().unwrap_or_default();
    let span = reader.span_from(start);
    let Some(table) = parts.pop() else { return Err(reader.expected("`table.column`")) };
    let table = ObjectName { schema: parts.pop(), name: table, span: span.clone() };
    let table = session.table_name(reader.statement, &table)?;
    if session.catalog.tables.get(&table).is_none_or(|table| table.column(&column).is_none()) {
        let message = format!("`{}` has no column `{column}`", table.name);
        return Err(Box::new(
            reader.error(NO_SUCH_OBJECT, message, span).help("name the column that the sequence is for"),
        ));
    }
    Ok((table, column))
}

/// `ALTER SEQUENCE …`, after `SEQUENCE`.
pub(super) fn alter(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let if_exists = reader.accept("if exists");
    let name = reader.object_name()?;
    let Some(full) = session.find_relation(&name).filter(|name| session.catalog.sequences.contains_key(name))
    else {
        return if if_exists {
            reader.skip_rest();
            Ok(())
        } else {
            Err(Box::new(missing(reader.statement, "sequence", &name.name, name.span.clone(), None)))
        };
    };
    if reader.accept("rename to") {
        let new = reader.ident()?;
        reader.finish()?;
        let to = QName::new(&full.schema, &new.name);
        session.check_free(reader.statement, &to, new.span)?;
        rename::rename(session, &full, &to);
        return Ok(());
    }
    if reader.accept("set schema") {
        let schema = reader.ident()?;
        reader.finish()?;
        return move_to_schema(session, reader.statement, &full, &schema);
    }
    if let Some(owner) = options(session, reader)?
        && let Some(sequence) = session.catalog.sequences.get_mut(&full)
    {
        sequence.owned_by = owner;
        dependencies::of_sequence(session, &full);
    }
    Ok(())
}
