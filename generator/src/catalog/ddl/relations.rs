//! What goes or changes together: dropping and renaming tables, columns and types with all that belongs to them.
//!
//! Nothing here asks whether it may be done; [`dependents`](super::dependents) does. A name stands in the catalog wherever
//! it is used, so a rename follows the dependencies to those places.

use super::{
    expressions,
    objects::{Address, Id, Kind, Part},
    session::Session,
};
use crate::catalog::{Index, Object, QName, SqlType, Table, TypeKind};

/// Takes a table or view out, with its indexes, constraints and places.
pub(super) fn drop_table(session: &mut Session, name: &QName) {
    let Some(id) = session.objects.relation(name) else { return };
    let Some(table) = session.catalog.tables.remove(name) else { return };
    for index in session.objects.indexes_of(id) {
        session.objects.remove(index);
    }
    session.objects.remove(id);
    session.places.remove(&Object::Table(name.clone()));
    for column in &table.columns {
        session.places.remove(&Object::Column(name.clone(), column.name.clone()));
    }
    for constraint in constraint_names(&table) {
        session.free_constraint_name(&name.schema, &constraint);
        session.places.remove(&Object::Constraint(name.clone(), constraint));
    }
    for parent in table.partition_of.iter().chain(&table.inherits) {
        session.state_of(parent).children.retain(|child| *child != id);
    }
    session.forget_state(id);
    session.unresolved.retain(|key| key.table != *name);
}

fn constraint_names(table: &Table) -> Vec<String> {
    let keys = table.primary_key.iter().chain(&table.uniques).map(|key| &key.name);
    let texts = table.checks.iter().chain(&table.exclusions).map(|check| &check.name);
    keys.chain(texts).chain(table.foreign_keys.iter().map(|key| &key.name)).cloned().collect()
}

/// Takes a sequence out.
pub(super) fn drop_sequence(session: &mut Session, name: &QName) {
    session.catalog.sequences.remove(name);
    if let Some(id) = session.objects.relation(name) {
        session.objects.remove(id);
    }
}

/// Takes a type out.
pub(super) fn drop_type(session: &mut Session, name: &QName) {
    let removed = session.catalog.types.remove(name);
    session.base_types.remove(name);
    session.places.remove(&Object::Type(name.clone()));
    if let Some(id) = session.objects.user_type(name) {
        session.objects.remove(id);
    }
    match removed.map(|def| def.kind) {
        Some(TypeKind::Domain { checks, .. }) => {
            session.domain_collations.remove(name);
            for check in checks {
                session.free_constraint_name(&name.schema, &check.name);
            }
        }
        Some(TypeKind::Range { multirange, .. }) => drop_type(session, &multirange),
        _ => {}
    }
}

/// Takes a column's default off.
pub(super) fn drop_default(session: &mut Session, table: &QName, column: &str) {
    let columns = session.catalog.tables.get_mut(table).map(|table| table.columns.iter_mut());
    if let Some(column) = columns.into_iter().flatten().find(|other| other.name == column) {
        column.default = None;
    }
    if let Some(id) = session.objects.relation(table) {
        session.objects.forget(&id.default(column));
    }
}

/// Takes an attribute off a composite type, and the column off the tables that are made of it.
pub(super) fn drop_attribute(session: &mut Session, ty: &QName, name: &str) {
    if let Some(TypeKind::Composite { fields }) = session.catalog.types.get_mut(ty).map(|def| &mut def.kind) {
        fields.retain(|field| field.name != name);
    }
    if let Some(id) = session.objects.user_type(ty) {
        session.objects.forget(&id.column(name));
    }
    for table in session.tables_of(ty) {
        drop_column(session, &table, name);
    }
}

/// Takes a check off a domain; false when it has none of that name.
pub(super) fn drop_domain_check(session: &mut Session, domain: &QName, name: &str) -> bool {
    let Some(TypeKind::Domain { checks, .. }) =
        session.catalog.types.get_mut(domain).map(|def| &mut def.kind)
    else {
        return false;
    };
    let before = checks.len();
    checks.retain(|check| check.name != name);
    let found = checks.len() < before;
    if found {
        session.free_constraint_name(&domain.schema, name);
        if let Some(id) = session.objects.user_type(domain) {
            session.objects.forget(&id.constraint(name));
        }
    }
    found
}

/// Takes a function out.
pub(super) fn drop_function(session: &mut Session, id: Id) {
    let name = session.objects.name(id).clone();
    if let Some(functions) = session.functions.get_mut(&name) {
        functions.retain(|function| function.id != id);
        if functions.is_empty() {
            session.functions.remove(&name);
        }
    }
    session.objects.remove(id);
}

/// Takes out a trigger, a policy or another that belongs to a table.
pub(super) fn drop_attached(session: &mut Session, id: Id) {
    session.attached.retain(|_, other| *other != id);
    session.objects.remove(id);
}

/// Takes a constraint off a table; false when it has none of that name.
pub(super) fn drop_constraint(session: &mut Session, table: &QName, name: &str) -> bool {
    let Some(found) = session.catalog.tables.get_mut(table) else { return false };
    let mut is_key = found.primary_key.take_if(|key| key.name == name).is_some();
    let before = found.uniques.len() + found.exclusions.len();
    found.uniques.retain(|key| key.name != name);
    found.exclusions.retain(|check| check.name != name);
    is_key |= found.uniques.len() + found.exclusions.len() < before;
    let before = found.foreign_keys.len() + found.checks.len();
    found.foreign_keys.retain(|key| key.name != name);
    found.checks.retain(|check| check.name != name);
    if !is_key && found.foreign_keys.len() + found.checks.len() == before {
        return false;
    }
    if is_key && let Some(index) = session.objects.relation(&QName::new(&table.schema, name)) {
        session.objects.remove(index);
    }
    if let Some(id) = session.objects.relation(table) {
        session.objects.forget(&id.constraint(name));
    }
    session.free_constraint_name(&table.schema, name);
    session.places.remove(&Object::Constraint(table.clone(), name.to_owned()));
    session.state_of(table).references.remove(name);
    true
}

/// Takes an index that no constraint owns off its table.
pub(super) fn drop_index(session: &mut Session, name: &QName) {
    let Some(index) = session.objects.relation(name) else { return };
    let Kind::Index(owner) = session.objects.kind(index) else { return };
    let table = session.objects.name(owner).clone();
    session.objects.remove(index);
    session.objects.forget(&owner.index(&name.name));
    if let Some(table) = session.catalog.tables.get_mut(&table) {
        table.indexes.retain(|index| index.name != name.name);
    }
    session.state_of(&table).references.remove(&name.name);
}

/// Takes a column off one table, with the constraints, indexes and sequences that use it.
pub(super) fn drop_column(session: &mut Session, table: &QName, column: &str) {
    let references = session.state_of(table).references.clone();
    let carried = session.state_of(table).carried.clone();
    let Some(found) = session.catalog.tables.get_mut(table) else { return };
    found.columns.retain(|other| other.name != column);
    let named = |name: &str| references.get(name).is_some_and(|columns| columns.contains(column));
    let carries = |name: &str| carried.get(name).is_some_and(|columns| columns.iter().any(|c| c == column));
    let uses = |columns: &[String]| columns.iter().any(|other| other == column);
    let keys = found.primary_key.iter().chain(&found.uniques);
    let mut constraints: Vec<String> =
        keys.filter(|key| uses(&key.columns) || carries(&key.name)).map(|key| key.name.clone()).collect();
    constraints
        .extend(found.foreign_keys.iter().filter(|key| uses(&key.columns)).map(|key| key.name.clone()));
    let kept_as_text = found.checks.iter().chain(&found.exclusions);
    constraints.extend(kept_as_text.filter(|check| named(&check.name)).map(|check| check.name.clone()));
    let indexes: Vec<_> =
        found.indexes.iter().filter(|index| named(&index.name)).map(|i| i.name.clone()).collect();
    for constraint in constraints {
        drop_constraint(session, table, &constraint);
    }
    for index in indexes {
        drop_index(session, &QName::new(&table.schema, index));
    }
    for sequence in owned_by(session, table, column) {
        drop_sequence(session, &sequence);
    }
    if let Some(id) = session.objects.relation(table) {
        session.objects.forget(&id.column(column));
        session.objects.forget(&id.default(column));
    }
    session.state_of(table).inherited.remove(column);
    session.places.remove(&Object::Column(table.clone(), column.to_owned()));
}

/// The sequences that a column owns.
pub(super) fn owned_by(session: &Session, table: &QName, column: &str) -> Vec<QName> {
    let is_owner = |owner: &(QName, String)| owner.0 == *table && owner.1 == column;
    let sequences = session.catalog.sequences.iter();
    sequences
        .filter(|(_, s)| s.owned_by.as_ref().is_some_and(is_owner))
        .map(|(name, _)| name.clone())
        .collect()
}

/// The expressions and the conditions of indexes.
pub(super) fn index_texts(indexes: &mut [Index]) -> impl Iterator<Item = &mut String> {
    indexes.iter_mut().flat_map(|index| index.expressions.iter_mut().chain(&mut index.predicate))
}

/// Gives a relation (a table, an index, a sequence, a composite type) another name or schema.
pub(super) fn rename(session: &mut Session, old: &QName, new: &QName) {
    let Some(id) = session.objects.relation(old) else { return };
    let kind = session.objects.kind(id);
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

/// The server prints a sequence's name in the defaults that use it, whatever it was when they were written.
fn rename_sequence(session: &mut Session, id: Id, old: &QName, new: &QName) {
    let Some(sequence) = session.catalog.sequences.remove(old) else { return };
    session.catalog.sequences.insert(new.clone(), sequence);
    rename_in_expressions(session, id, old, new);
}

/// Expressions are kept as text: those that need an object name it as it is called now.
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

/// Gives a user's type another name or schema, wherever it is used.
pub(super) fn rename_type(session: &mut Session, old: &QName, new: &QName) {
    if let Some(id) = session.objects.user_type(old) {
        session.objects.rename(id, new);
    }
    if let Some(def) = session.catalog.types.remove(old) {
        session.catalog.types.insert(new.clone(), def);
    }
    if let Some(extension) = session.base_types.remove(old) {
        session.base_types.insert(new.clone(), extension);
    }
    if let Some(collation) = session.domain_collations.remove(old) {
        session.domain_collations.insert(new.clone(), collation);
    }
    if let Some(place) = session.places.remove(&Object::Type(old.clone())) {
        session.places.insert(Object::Type(new.clone()), place);
    }
    rename_mentions(session, old, new);
}
