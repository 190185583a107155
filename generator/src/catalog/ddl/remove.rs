//! Drops: removes a table, column, constraint, type or function from the catalog, with all that belongs to it.
//!
//! This module does not check whether an object may be dropped; [`dependents`](super::dependents) does.

use super::{
    objects::{Id, Kind},
    session::Session,
};
use crate::catalog::{Object, QName, Table, TypeKind};

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

/// The names of all constraints of a table.
pub(super) fn constraint_names(table: &Table) -> Vec<String> {
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

/// Takes an operator out.
pub(super) fn drop_operator(session: &mut Session, id: Id) {
    session.operators.retain(|_, operators| {
        operators.retain(|operator| operator.id != id);
        !operators.is_empty()
    });
    session.objects.remove(id);
}

/// Takes a cast out.
pub(super) fn drop_cast(session: &mut Session, id: Id) {
    session.casts.retain(|cast| cast.id != id);
    session.objects.remove(id);
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
    let state = session.state_of(table);
    state.references.remove(name);
    state.index_names.remove(name);
    state.inherited_checks.remove(name);
    state.own.remove(name);
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
    let state = session.state_of(&table);
    state.references.remove(&name.name);
    state.index_names.remove(&name.name);
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
