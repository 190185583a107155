//! `LIKE` in `CREATE TABLE`: copies another table's columns, and on request their defaults, constraints and indexes.
//!
//! Manual: CREATE TABLE, "LIKE source_table". NOT NULL and collations are always copied.

use super::{
    super::{
        identifiers, index_names,
        reader::Outcome,
        session::{Session, missing},
        split::Statement,
        syntax::tables::Like,
    },
    inherit,
    parts::{
        copy_index_needs, has_constraint, index_name, key_name, put_check, put_exclusion, put_index, put_key,
    },
};
use crate::{
    catalog::{Check, Column, Index, Key, Object, QName, TypeKind},
    diagnostics::Place,
};

/// The columns that the new table gets.
pub(super) fn columns(
    session: &mut Session,
    statement: &Statement,
    table: &QName,
    like: &Like,
) -> Outcome<Vec<Column>> {
    let mut columns = source_columns(session, statement, like)?;
    for column in &mut columns {
        if !like.has("comments") {
            column.comment = None;
        }
        if !like.has("defaults") {
            column.default = None;
        }
        if !like.has("generated") {
            column.generated = None;
        }
        if !like.has("identity") {
            column.identity = None;
        }
        if column.identity.is_some() {
            session.add_owned_sequence(table, &column.name);
        }
        let place: Place = statement.place(like.source.span.clone());
        session.places.insert(Object::Column(table.clone(), column.name.clone()), place);
    }
    Ok(columns)
}

fn source_columns(session: &mut Session, statement: &Statement, like: &Like) -> Outcome<Vec<Column>> {
    if let Some(source) = session.find_table(&like.source) {
        return Ok(session
            .catalog
            .tables
            .get(&source)
            .map(|table| table.columns.clone())
            .unwrap_or_default());
    }
    let found = session.find_type(&like.source).and_then(|name| session.catalog.types.get(&name));
    match found.map(|def| &def.kind) {
        Some(TypeKind::Composite { fields }) => Ok(fields.clone()),
        _ => Err(Box::new(missing(statement, "table", &like.source.name, like.source.span.clone(), None))),
    }
}

/// Checks keep their names; keys and indexes get new ones.
pub(super) fn constraints(session: &mut Session, table: &QName, like: &Like) {
    let Some(source_name) = session.find_table(&like.source) else { return };
    let Some(source) = session.catalog.tables.get(&source_name).cloned() else { return };
    let state = session.state_of(&source_name).clone();
    let references = |name: &str| state.references.get(name).cloned().unwrap_or_default();
    let carried = |name: &str| state.carried.get(name).cloned().unwrap_or_default();
    if like.has("constraints") {
        for check in &source.checks {
            if has_constraint(session, table, &check.name) {
                inherit::state_check(session, table, &check.name);
                continue;
            }
            session.take_constraint_name(&table.schema, &check.name);
            copy_place(session, (&source_name, &check.name), (table, &check.name));
            let columns = references(&check.name);
            put_check(session, table, check.clone(), columns);
        }
    }
    if !like.has("indexes") {
        return;
    }
    for (key, primary) in
        source.primary_key.iter().map(|key| (key, true)).chain(source.uniques.iter().map(|key| (key, false)))
    {
        let included = carried(&key.name);
        let name = key_name(session, table, primary, &index_names::of_key(session, &source_name, key));
        index_names::copy(session, (&source_name, &key.name), (table, &name));
        session.take_constraint_name(&table.schema, &name);
        copy_place(session, (&source_name, &key.name), (table, &name));
        put_key(session, table, Key { name, ..key.clone() }, primary, included);
    }
    for exclusion in &source.exclusions {
        let columns = references(&exclusion.name);
        let own_columns = carried(&exclusion.name);
        let names = index_names::of_index(session, &source_name, &exclusion.name);
        let joined = identifiers::join_columns(names.iter().map(String::as_str));
        let name = session.choose_relation_name(&table.schema, &table.name, &joined, "excl", true);
        index_names::copy(session, (&source_name, &exclusion.name), (table, &name));
        session.take_constraint_name(&table.schema, &name);
        copy_place(session, (&source_name, &exclusion.name), (table, &name));
        put_exclusion(session, table, Check { name, ..exclusion.clone() }, columns, own_columns);
    }
    for index in &source.indexes {
        let names = carried(&index.name);
        let name = index_name(session, table, &index_names::of_index(session, &source_name, &index.name));
        index_names::copy(session, (&source_name, &index.name), (table, &name));
        let copy = Index { name, ..index.clone() };
        put_index(session, table, copy.clone(), references(&index.name), names);
        copy_index_needs(session, (&source_name, &index.name), (table, &copy.name));
    }
}

fn copy_place(session: &mut Session, from: (&QName, &str), to: (&QName, &str)) {
    if let Some(place) = session.places.get(&Object::Constraint(from.0.clone(), from.1.to_owned())).cloned() {
        session.places.insert(Object::Constraint(to.0.clone(), to.1.to_owned()), place);
    }
}
