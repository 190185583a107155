//! What goes or changes together: dropping and renaming tables, columns and types with all that belongs to them.
//!
//! Nothing here asks whether it may be done; [`dependents`](super::dependents) does.

use super::{
    expressions,
    identifiers::nextval,
    session::{Relation, Session},
};
use crate::catalog::{Object, QName, SqlType, TypeKind};

/// Takes a table or view out, with its indexes, constraints and sequences.
pub(super) fn drop_table(session: &mut Session<'_>, name: &QName) {
    let Some(table) = session.catalog.tables.remove(name) else { return };
    session.relations.remove(name);
    session.places.remove(&Object::Table(name.clone()));
    for column in &table.columns {
        session.places.remove(&Object::Column(name.clone(), column.name.clone()));
    }
    let keys = table.primary_key.iter().chain(&table.uniques).map(|key| &key.name);
    for index in keys.clone().chain(table.exclusions.iter().map(|c| &c.name)) {
        session.relations.remove(&QName::new(&name.schema, index));
    }
    for index in &table.indexes {
        session.relations.remove(&QName::new(&name.schema, &index.name));
    }
    let others = table.foreign_keys.iter().map(|key| &key.name);
    for constraint in keys.chain(others).chain(table.checks.iter().chain(&table.exclusions).map(|c| &c.name))
    {
        session.free_constraint_name(&name.schema, constraint);
        session.places.remove(&Object::Constraint(name.clone(), constraint.clone()));
    }
    let owns = |session: &Session<'_>| -> Vec<QName> {
        let owned = |owner: &Option<(QName, String)>| owner.as_ref().is_some_and(|(table, _)| table == name);
        let sequences = session.catalog.sequences.iter();
        sequences.filter(|(_, sequence)| owned(&sequence.owned_by)).map(|(name, _)| name.clone()).collect()
    };
    for sequence in owns(session) {
        drop_sequence(session, &sequence);
    }
    for parent in table.partition_of.iter().chain(&table.inherits) {
        session.state_of(parent).children.retain(|child| child != name);
    }
    session.table_states.remove(name);
    session.unresolved.retain(|key| key.table != *name);
}

/// Takes a sequence out.
pub(super) fn drop_sequence(session: &mut Session<'_>, name: &QName) {
    session.catalog.sequences.remove(name);
    session.relations.remove(name);
}

/// Takes a type out.
pub(super) fn drop_type(session: &mut Session<'_>, name: &QName) {
    let removed = session.catalog.types.remove(name);
    session.base_types.remove(name);
    session.places.remove(&Object::Type(name.clone()));
    match removed.map(|def| def.kind) {
        Some(TypeKind::Composite { .. }) => {
            session.relations.remove(name);
        }
        Some(TypeKind::Domain { checks, .. }) => {
            for check in checks {
                session.free_constraint_name(&name.schema, &check.name);
            }
        }
        Some(TypeKind::Range { multirange, .. }) => {
            session.base_types.remove(&multirange);
        }
        _ => {}
    }
}

/// Takes a constraint off a table; false when it has none of that name.
pub(super) fn drop_constraint(session: &mut Session<'_>, table: &QName, name: &str) -> bool {
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
    if is_key {
        session.relations.remove(&QName::new(&table.schema, name));
    }
    session.free_constraint_name(&table.schema, name);
    session.places.remove(&Object::Constraint(table.clone(), name.to_owned()));
    session.state_of(table).references.remove(name);
    true
}

/// Takes an index that no constraint owns off its table.
pub(super) fn drop_index(session: &mut Session<'_>, name: &QName) {
    let Some(Relation::Index(table)) = session.relations.remove(name) else { return };
    if let Some(table) = session.catalog.tables.get_mut(&table) {
        table.indexes.retain(|index| index.name != name.name);
    }
    session.state_of(&table).references.remove(&name.name);
}

/// Takes a column off one table, with the constraints, indexes and sequences that use it.
pub(super) fn drop_column(session: &mut Session<'_>, table: &QName, column: &str) {
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
    session.state_of(table).inherited.remove(column);
    session.places.remove(&Object::Column(table.clone(), column.to_owned()));
}

/// The sequences that a column owns.
pub(super) fn owned_by(session: &Session<'_>, table: &QName, column: &str) -> Vec<QName> {
    let is_owner = |owner: &(QName, String)| owner.0 == *table && owner.1 == column;
    let sequences = session.catalog.sequences.iter();
    sequences
        .filter(|(_, s)| s.owned_by.as_ref().is_some_and(is_owner))
        .map(|(name, _)| name.clone())
        .collect()
}

/// Gives a column of one table another name, wherever it is named.
pub(super) fn rename_column(session: &mut Session<'_>, table: &QName, old: &str, new: &str) {
    let rename = |name: &mut String| {
        if name == old {
            new.clone_into(name);
        }
    };
    if let Some(found) = session.catalog.tables.get_mut(table) {
        for column in &mut found.columns {
            rename(&mut column.name);
            if let Some(generated) = &mut column.generated {
                generated.expression = expressions::rename_column(&generated.expression, old, new);
            }
        }
        let keys = found.primary_key.iter_mut().chain(&mut found.uniques).map(|key| &mut key.columns);
        keys.chain(found.foreign_keys.iter_mut().map(|key| &mut key.columns)).flatten().for_each(rename);
        found.indexes.iter_mut().flat_map(|index| index.columns.iter_mut().flatten()).for_each(rename);
        for check in found.checks.iter_mut().chain(&mut found.exclusions) {
            check.expression = expressions::rename_column(&check.expression, old, new);
        }
    }
    for other in session.catalog.tables.values_mut() {
        let keys = other.foreign_keys.iter_mut().filter(|key| key.target == *table);
        keys.flat_map(|key| &mut key.target_columns).for_each(rename);
    }
    for sequence in session.catalog.sequences.values_mut() {
        if let Some((_, column)) = sequence.owned_by.as_mut().filter(|(owner, _)| owner == table) {
            rename(column);
        }
    }
    let state = session.state_of(table);
    if state.inherited.remove(old) {
        state.inherited.insert(new.to_owned());
    }
    state.carried.values_mut().flatten().for_each(rename);
    for columns in state.references.values_mut() {
        if columns.remove(old) {
            columns.insert(new.to_owned());
        }
    }
    for state in session.table_states.values_mut() {
        if let Some(columns) = state.reads.get_mut(table)
            && columns.remove(old)
        {
            columns.insert(new.to_owned());
        }
    }
    if let Some(place) = session.places.remove(&Object::Column(table.clone(), old.to_owned())) {
        session.places.insert(Object::Column(table.clone(), new.to_owned()), place);
    }
}

/// Gives a relation (a table, an index, a sequence, a composite type) another name or schema.
pub(super) fn rename(session: &mut Session<'_>, old: &QName, new: &QName) {
    let Some(relation) = session.relations.remove(old) else { return };
    session.relations.insert(new.clone(), relation.clone());
    match relation {
        Relation::Table => rename_table(session, old, new),
        Relation::Index(table) => rename_index(session, &table, &old.name, &new.name),
        Relation::Sequence => rename_sequence(session, old, new),
        Relation::Composite => rename_type(session, old, new),
    }
}

fn rename_table(session: &mut Session<'_>, old: &QName, new: &QName) {
    let Some(table) = session.catalog.tables.remove(old) else { return };
    let place = |session: &mut Session<'_>, from: Object, to: Object| {
        if let Some(place) = session.places.remove(&from) {
            session.places.insert(to, place);
        }
    };
    place(session, Object::Table(old.clone()), Object::Table(new.clone()));
    for column in &table.columns {
        let name = &column.name;
        place(session, Object::Column(old.clone(), name.clone()), Object::Column(new.clone(), name.clone()));
    }
    let keys = table.primary_key.iter().chain(&table.uniques).map(|key| &key.name);
    let texts = table.checks.iter().chain(&table.exclusions).map(|check| &check.name);
    let constraints: Vec<_> =
        keys.chain(texts).chain(table.foreign_keys.iter().map(|k| &k.name)).cloned().collect();
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
    let moved: Vec<QName> = session
        .relations
        .iter()
        .filter(|(_, relation)| matches!(relation, Relation::Index(table) if table == old))
        .map(|(name, _)| name.clone())
        .collect();
    for index in moved {
        session.relations.remove(&index);
        let renamed = QName::new(&new.schema, index.name);
        session.relations.insert(renamed, Relation::Index(new.clone()));
    }
    rename_mentions(session, old, new);
    if old.schema != new.schema {
        move_owned_sequences(session, new);
    }
}

/// Everything that names the table by its name.
fn rename_mentions(session: &mut Session<'_>, old: &QName, new: &QName) {
    let rename = |name: &mut QName| {
        if name == old {
            new.clone_into(name);
        }
    };
    for table in session.catalog.tables.values_mut() {
        table.foreign_keys.iter_mut().for_each(|key| rename(&mut key.target));
        table.partition_of.iter_mut().chain(&mut table.inherits).for_each(rename);
    }
    for sequence in session.catalog.sequences.values_mut() {
        sequence.owned_by.iter_mut().for_each(|(table, _)| rename(table));
    }
    if let Some(state) = session.table_states.remove(old) {
        session.table_states.insert(new.clone(), state);
    }
    for state in session.table_states.values_mut() {
        state.children.iter_mut().for_each(rename);
        if let Some(columns) = state.reads.remove(old) {
            state.reads.insert(new.clone(), columns);
        }
    }
    session.unresolved.iter_mut().for_each(|key| rename(&mut key.table));
    rename_type_uses(session, old, new);
}

/// A table's own sequences follow it to another schema.
fn move_owned_sequences(session: &mut Session<'_>, table: &QName) {
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
fn rename_index(session: &mut Session<'_>, table: &QName, old: &str, new: &str) {
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

fn rename_in_state(session: &mut Session<'_>, table: &QName, old: &str, new: &str) {
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
pub(super) fn rename_constraint(session: &mut Session<'_>, table: &QName, old: &str, new: &str) -> bool {
    let found = rename_constraint_in_table(session, table, old, new);
    if found {
        if let Some(relation) = session.relations.remove(&QName::new(&table.schema, old)) {
            session.relations.insert(QName::new(&table.schema, new), relation);
        }
        rename_in_state(session, table, old, new);
    }
    found
}

fn rename_constraint_in_table(session: &mut Session<'_>, table: &QName, old: &str, new: &str) -> bool {
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
fn rename_sequence(session: &mut Session<'_>, old: &QName, new: &QName) {
    let Some(sequence) = session.catalog.sequences.remove(old) else { return };
    session.catalog.sequences.insert(new.clone(), sequence);
    let (before, after) = (nextval(old), nextval(new));
    let columns = session.catalog.tables.values_mut().flat_map(|table| &mut table.columns);
    columns
        .filter(|column| column.default.as_ref() == Some(&before))
        .for_each(|column| column.default = Some(after.clone()));
}

/// Gives a user's type another name or schema, wherever it is used.
pub(super) fn rename_type(session: &mut Session<'_>, old: &QName, new: &QName) {
    if let Some(def) = session.catalog.types.remove(old) {
        session.catalog.types.insert(new.clone(), def);
    }
    if let Some(extension) = session.base_types.remove(old) {
        session.base_types.insert(new.clone(), extension);
    }
    if let Some(place) = session.places.remove(&Object::Type(old.clone())) {
        session.places.insert(Object::Type(new.clone()), place);
    }
    rename_type_uses(session, old, new);
}

fn rename_type_uses(session: &mut Session<'_>, old: &QName, new: &QName) {
    for ty in types_in_use(session) {
        if ty.name == *old {
            ty.name = new.clone();
        }
    }
}

/// Every place in the catalog where a type is used.
fn types_in_use<'s>(session: &'s mut Session<'_>) -> impl Iterator<Item = &'s mut SqlType> {
    let columns = session.catalog.tables.values_mut().flat_map(|table| &mut table.columns).map(|c| &mut c.ty);
    let types = session.catalog.types.values_mut().flat_map(|def| match &mut def.kind {
        TypeKind::Domain { base, .. } => vec![base],
        TypeKind::Composite { fields } => fields.iter_mut().map(|field| &mut field.ty).collect(),
        TypeKind::Range { subtype, .. } => vec![subtype],
        TypeKind::Enum { .. } => Vec::new(),
    });
    columns.chain(types)
}
