//! Renames: gives an object or a part of it another name or schema, wherever the catalog names it.
//!
//! This module does not check whether the name is free; the statements do. The catalog has the name in each place that
//! uses the object, so a rename follows the dependencies to those places.

use super::{
    expressions, not_null_names,
    objects::{Address, Id, Kind, Part},
    remove::constraint_names,
    session::Session,
};
use crate::catalog::{Index, Object, QName, SqlType, TypeKind};

/// The expressions and the conditions of indexes.
pub(super) fn index_texts(indexes: &mut [Index]) -> impl Iterator<Item = &mut String> {
    indexes.iter_mut().flat_map(|index| index.expressions.iter_mut().chain(&mut index.predicate))
}

/// Gives a relation (a table, an index, a sequence, a composite type) another name or schema.
pub(super) fn rename(session: &mut Session, old: &QName, new: &QName) {
    let Some(id) = session.objects.relation(old) else { return };
    let kind = session.objects.kind(id);
    not_null_names::keep(session, old);
    session.objects.rename(id, new);
    match kind {
        Kind::Table => rename_table(session, id, old, new),
        Kind::Index(table) => {
            let table = session.objects.name(table).clone();
            rename_index(session, &table, &old.name, &new.name);
        }
        Kind::Sequence => rename_sequence(session, id, old, new),
        _ => rename_type(session, old, new),
    }
}

/// What depends on a relation or a type, each once.
pub(super) fn dependents_of(session: &Session, name: &QName) -> Vec<Address> {
    let id = session.objects.relation(name).or_else(|| session.objects.user_type(name));
    let all = id.map(|id| session.objects.dependents(id)).unwrap_or_default();
    let mut dependents: Vec<Address> = all.iter().map(|dependency| dependency.dependent.clone()).collect();
    dependents.sort();
    dependents.dedup();
    dependents
}

fn rename_table(session: &mut Session, id: Id, old: &QName, new: &QName) {
    let Some(table) = session.catalog.tables.remove(old) else { return };
    let place = |session: &mut Session, from: Object, to: Object| {
        if let Some(place) = session.places.remove(&from) {
            session.places.insert(to, place);
        }
    };
    place(session, Object::Table(old.clone()), Object::Table(new.clone()));
    for column in &table.columns {
        let name = &column.name;
        place(session, Object::Column(old.clone(), name.clone()), Object::Column(new.clone(), name.clone()));
    }
    let constraints = constraint_names(&table);
    for name in constraints {
        place(
            session,
            Object::Constraint(old.clone(), name.clone()),
            Object::Constraint(new.clone(), name.clone()),
        );
        if old.schema != new.schema {
            session.free_constraint_name(&old.schema, &name);
            session.take_constraint_name(&new.schema, &name);
        }
    }
    session.catalog.tables.insert(new.clone(), table);
    if old.schema != new.schema {
        for index in session.objects.indexes_of(id) {
            let moved = QName::new(&new.schema, &session.objects.name(index).name);
            session.objects.rename(index, &moved);
        }
    }
    rename_mentions(session, old, new);
    if old.schema != new.schema {
        move_owned_sequences(session, new);
    }
}

/// Everything that names a table or type by its name.
fn rename_mentions(session: &mut Session, old: &QName, new: &QName) {
    let rename = |name: &mut QName| {
        if name == old {
            new.clone_into(name);
        }
    };
    for dependent in dependents_of(session, new) {
        let name = session.objects.name(dependent.id);
        if let Some(table) = session.catalog.tables.get_mut(name) {
            table.foreign_keys.iter_mut().for_each(|key| rename(&mut key.target));
            table.partition_of.iter_mut().chain(&mut table.inherits).for_each(rename);
            table.columns.iter_mut().for_each(|column| rename(&mut column.ty.name));
        } else if let Some(sequence) = session.catalog.sequences.get_mut(name) {
            sequence.owned_by.iter_mut().for_each(|(table, _)| rename(table));
        } else if let Some(def) = session.catalog.types.get_mut(name) {
            types_in(&mut def.kind).into_iter().for_each(|ty| rename(&mut ty.name));
        } else if let Some(functions) = session.functions.get_mut(name) {
            for function in functions {
                let inputs = function.inputs.iter_mut();
                inputs.chain([&mut function.returns]).for_each(|ty| rename(&mut ty.name));
                function.columns.iter_mut().for_each(|(_, ty)| rename(&mut ty.name));
            }
        }
    }
    session.unresolved.iter_mut().for_each(|key| rename(&mut key.table));
}

/// The types that a type is made of.
fn types_in(kind: &mut TypeKind) -> Vec<&mut SqlType> {
    match kind {
        TypeKind::Domain { base, .. } => vec![base],
        TypeKind::Composite { fields } => fields.iter_mut().map(|field| &mut field.ty).collect(),
        TypeKind::Range { subtype, .. } => vec![subtype],
        TypeKind::Enum { .. } => Vec::new(),
    }
}

/// A table's own sequences follow it to another schema.
fn move_owned_sequences(session: &mut Session, table: &QName) {
    let owned: Vec<QName> = session
        .catalog
        .sequences
        .iter()
        .filter(|(_, sequence)| sequence.owned_by.as_ref().is_some_and(|(owner, _)| owner == table))
        .map(|(name, _)| name.clone())
        .collect();
    for sequence in owned {
        let moved = QName::new(&table.schema, &sequence.name);
        rename(session, &sequence, &moved);
    }
}

/// An index's name is its constraint's name.
fn rename_index(session: &mut Session, table: &QName, old: &str, new: &str) {
    if !rename_constraint_in_table(session, table, old, new)
        && let Some(found) = session.catalog.tables.get_mut(table)
    {
        found
            .indexes
            .iter_mut()
            .filter(|index| index.name == old)
            .for_each(|index| new.clone_into(&mut index.name));
        found.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    }
    rename_in_state(session, table, old, new);
}

/// A function under another name or in another schema.
pub(super) fn rename_function(session: &mut Session, id: Id, new: &QName) {
    let old = session.objects.name(id).clone();
    let Some(functions) = session.functions.get_mut(&old) else { return };
    let Some(at) = functions.iter().position(|function| function.id == id) else { return };
    let function = functions.remove(at);
    if functions.is_empty() {
        session.functions.remove(&old);
    }
    session.functions.entry(new.clone()).or_default().push(function);
    session.objects.rename(id, new);
    rename_in_expressions(session, id, &old, new);
}

fn rename_in_state(session: &mut Session, table: &QName, old: &str, new: &str) {
    if let Some(id) = session.objects.relation(table) {
        session.objects.rename_part(&id.constraint(old), &Part::Constraint(new.to_owned()));
        session.objects.rename_part(&id.index(old), &Part::Index(new.to_owned()));
    }
    let state = session.state_of(table);
    if let Some(columns) = state.references.remove(old) {
        state.references.insert(new.to_owned(), columns);
    }
    if let Some(columns) = state.carried.remove(old) {
        state.carried.insert(new.to_owned(), columns);
    }
    if let Some(names) = state.index_names.remove(old) {
        state.index_names.insert(new.to_owned(), names);
    }
    if let Some(index) = state.stands_on.remove(old) {
        state.stands_on.insert(new.to_owned(), index);
    }
    if state.inherited_checks.remove(old) {
        state.inherited_checks.insert(new.to_owned());
    }
    if state.own.remove(old) {
        state.own.insert(new.to_owned());
    }
}

/// Gives a constraint of a table another name; false when the table has none of that name.
pub(super) fn rename_constraint(session: &mut Session, table: &QName, old: &str, new: &str) -> bool {
    let found = rename_constraint_in_table(session, table, old, new);
    if found {
        if let Some(index) = session.objects.relation(&QName::new(&table.schema, old))
            && matches!(session.objects.kind(index), Kind::Index(_))
        {
            session.objects.rename(index, &QName::new(&table.schema, new));
        }
        rename_in_state(session, table, old, new);
    }
    found
}

fn rename_constraint_in_table(session: &mut Session, table: &QName, old: &str, new: &str) -> bool {
    let Some(found) = session.catalog.tables.get_mut(table) else { return false };
    let keys = found.primary_key.iter_mut().chain(&mut found.uniques).map(|key| &mut key.name);
    let texts = found.checks.iter_mut().chain(&mut found.exclusions).map(|check| &mut check.name);
    let foreign = found.foreign_keys.iter_mut().map(|key| &mut key.name);
    let Some(name) = keys.chain(texts).chain(foreign).find(|name| *name == old) else { return false };
    new.clone_into(name);
    found.uniques.sort_by(|a, b| a.name.cmp(&b.name));
    found.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
    found.checks.sort_by(|a, b| a.name.cmp(&b.name));
    found.exclusions.sort_by(|a, b| a.name.cmp(&b.name));
    session.free_constraint_name(&table.schema, old);
    session.take_constraint_name(&table.schema, new);
    for key in session.unresolved.iter_mut().filter(|key| key.table == *table && key.constraint == old) {
        new.clone_into(&mut key.constraint);
    }
    if let Some(place) = session.places.remove(&Object::Constraint(table.clone(), old.to_owned())) {
        session.places.insert(Object::Constraint(table.clone(), new.to_owned()), place);
    }
    true
}

/// Renames a sequence in the defaults that use it, as the server prints its present name there.
fn rename_sequence(session: &mut Session, id: Id, old: &QName, new: &QName) {
    let Some(sequence) = session.catalog.sequences.remove(old) else { return };
    session.catalog.sequences.insert(new.clone(), sequence);
    rename_in_expressions(session, id, old, new);
}

/// Renames an object in the expressions that depend on it, which are kept as text.
fn rename_in_expressions(session: &mut Session, id: Id, old: &QName, new: &QName) {
    let mut dependents: Vec<Id> =
        session.objects.dependents(id).iter().map(|dependency| dependency.dependent.id).collect();
    dependents.sort();
    dependents.dedup();
    let rename = |text: &mut String| *text = expressions::rename_object(text, old, new);
    for dependent in dependents {
        let name = session.objects.name(dependent);
        if let Some(table) = session.catalog.tables.get_mut(name) {
            for column in &mut table.columns {
                column.default.iter_mut().for_each(rename);
                column.generated.iter_mut().for_each(|generated| rename(&mut generated.expression));
            }
            table
                .checks
                .iter_mut()
                .chain(&mut table.exclusions)
                .for_each(|check| rename(&mut check.expression));
            index_texts(&mut table.indexes).for_each(rename);
        } else if let Some(TypeKind::Domain { default, checks, .. }) =
            session.catalog.types.get_mut(name).map(|def| &mut def.kind)
        {
            default.iter_mut().for_each(rename);
            checks.iter_mut().for_each(|check| rename(&mut check.expression));
        }
    }
}

/// The names of a domain's checks are taken in the domain's schema.
fn move_checks(session: &mut Session, kind: &TypeKind, old: &str, new: &str) {
    let TypeKind::Domain { checks, .. } = kind else { return };
    for check in checks.iter().filter(|_| old != new) {
        session.free_constraint_name(old, &check.name);
        session.take_constraint_name(new, &check.name);
    }
}

/// Gives a user's type another name or schema, wherever it is used.
pub(super) fn rename_type(session: &mut Session, old: &QName, new: &QName) {
    if let Some(id) = session.objects.user_type(old) {
        session.objects.rename(id, new);
    }
    if let Some(def) = session.catalog.types.remove(old) {
        move_checks(session, &def.kind, &old.schema, &new.schema);
        session.catalog.types.insert(new.clone(), def);
    }
    // A multirange is named by its range alone.
    for def in session.catalog.types.values_mut() {
        if let TypeKind::Range { multirange, .. } = &mut def.kind
            && multirange == old
        {
            new.clone_into(multirange);
        }
    }
    if let Some(extension) = session.base_types.remove(old) {
        session.base_types.insert(new.clone(), extension);
    }
    if let Some(place) = session.places.remove(&Object::Type(old.clone())) {
        session.places.insert(Object::Type(new.clone()), place);
    }
    rename_mentions(session, old, new);
}
