//! Records what each object of the catalog depends on: types, collations, functions, sequences, columns, parents.
//!
//! A dependency is recorded when an object is made or changed; drops ([`dependents`](super::dependents)) and renames
//! ([`rename`](super::rename)) read it. A table's own keys, checks and indexes, which are dropped with their column,
//! are not recorded.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    mentions,
    objects::{Address, Id, Strength},
    session::Session,
};
use crate::catalog::{QName, SqlType, TypeKind};

/// What a new table and its columns need.
pub(super) fn of_table(session: &mut Session, name: &QName) {
    let Some(table) = session.catalog.tables.get(name) else { return };
    let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    for column in columns {
        of_column(session, name, &column);
    }
    for sequence in std::mem::take(&mut session.new_owned_sequences) {
        of_sequence(session, &sequence);
    }
}

/// Records what a view depends on: the tables and columns that it reads, and other objects that its query names.
pub(super) fn of_view(
    session: &mut Session,
    name: &QName,
    reads: &BTreeMap<QName, BTreeSet<String>>,
    query: &str,
) {
    let Some(id) = session.objects.relation(name) else { return };
    let view = id.whole();
    session.objects.forget(&view);
    for (table, columns) in reads {
        let Some(table) = session.objects.relation(table).filter(|table| *table != id) else { continue };
        session.objects.depend(view.clone(), table, None, Strength::Normal);
        for column in columns {
            session.objects.depend(view.clone(), table, Some(column), Strength::Normal);
        }
    }
    let columns = session.catalog.tables.get(name).map(|view| view.columns.clone()).unwrap_or_default();
    for column in &columns {
        on_type(session, &view, &column.ty);
    }
    mentions::record(session, &view, query);
}

/// Records that a table depends on its parent: a partition is dropped with it without `CASCADE`.
pub(super) fn of_child(session: &mut Session, child: Id, parent: &QName, strength: Strength) {
    if let Some(parent) = session.objects.relation(parent) {
        session.objects.depend(child.whole(), parent, None, strength);
    }
}

/// What a column, its default and its expression need now.
pub(super) fn of_column(session: &mut Session, table: &QName, name: &str) {
    let Some(id) = session.objects.relation(table) else { return };
    let (column, default) = (id.column(name), id.default(name));
    session.objects.forget(&column);
    session.objects.forget(&default);
    let Some(found) = session.catalog.tables.get(table).and_then(|table| table.column(name)) else { return };
    let (ty, collation) = (found.ty.clone(), found.collation.clone());
    let (default_text, generated) = (found.default.clone(), found.generated.clone());
    on_type(session, &column, &ty);
    if let Some(collation) = collation.and_then(|collation| session.objects.collation(&collation)) {
        session.objects.depend(column.clone(), collation, None, Strength::Normal);
    }
    if let Some(text) = default_text {
        mentions::record(session, &default, &text);
    }
    if let Some(generated) = generated {
        mentions::record(session, &column, &generated.expression);
        let others: Vec<String> = session
            .catalog
            .tables
            .get(table)
            .map(|table| super::expressions::columns_of_text(&generated.expression, table))
            .unwrap_or_default();
        for other in others {
            session.objects.depend(column.clone(), id, Some(&other), Strength::Normal);
        }
    }
}

/// What a check or an exclusion needs besides its table's columns; what a foreign key points to.
pub(super) fn of_constraint(session: &mut Session, table: &QName, name: &str) {
    let Some(id) = session.objects.relation(table) else { return };
    let constraint = id.constraint(name);
    session.objects.forget(&constraint);
    let Some(found) = session.catalog.tables.get(table) else { return };
    let kept_as_text = found.checks.iter().chain(&found.exclusions).find(|check| check.name == name);
    if let Some(check) = kept_as_text {
        let text = check.expression.clone();
        mentions::record(session, &constraint, &text);
        return;
    }
    let Some(key) = found.foreign_keys.iter().find(|key| key.name == name) else { return };
    let columns = key.target_columns.clone();
    let Some(target) = session.objects.relation(&key.target) else { return };
    session.objects.depend(constraint.clone(), target, None, Strength::Normal);
    for column in columns {
        session.objects.depend(constraint.clone(), target, Some(&column), Strength::Normal);
    }
}

/// Records that a sequence is dropped with the column that owns it.
pub(super) fn of_sequence(session: &mut Session, name: &QName) {
    let Some(id) = session.objects.relation(name) else { return };
    session.objects.forget(&id.whole());
    let Some((table, column)) = session.catalog.sequences.get(name).and_then(|s| s.owned_by.clone()) else {
        return;
    };
    match session.objects.relation(&table) {
        Some(table) => session.objects.depend(id.whole(), table, Some(&column), Strength::Auto),
        // The table is being made: the sequence waits for it.
        None => session.new_owned_sequences.push(name.clone()),
    }
}

/// What a type needs: a domain's base, a range's subtype, an attribute's type.
pub(super) fn of_type(session: &mut Session, name: &QName) {
    let Some(id) = session.objects.user_type(name) else { return };
    let Some(kind) = session.catalog.types.get(name).map(|def| def.kind.clone()) else { return };
    match kind {
        TypeKind::Enum { .. } => {}
        TypeKind::Range { subtype, .. } => on_type(session, &id.whole(), &subtype),
        TypeKind::Composite { fields } => {
            for field in fields {
                let attribute = id.column(&field.name);
                session.objects.forget(&attribute);
                on_type(session, &attribute, &field.ty);
            }
        }
        TypeKind::Domain { base, collation, default, checks, .. } => {
            session.objects.forget(&id.whole());
            on_type(session, &id.whole(), &base);
            let collation = collation.and_then(|collation| session.objects.collation(&collation));
            if let Some(collation) = collation {
                session.objects.depend(id.whole(), collation, None, Strength::Normal);
            }
            // Manual, "pg_depend": a domain's default is the domain's own.
            if let Some(text) = default {
                mentions::record(session, &id.whole(), &text);
            }
            for check in checks {
                let constraint = id.constraint(&check.name);
                session.objects.forget(&constraint);
                mentions::record(session, &constraint, &check.expression);
            }
        }
    }
}

/// Notes that one needs a type of the DDL.
pub(super) fn on_type(session: &mut Session, dependent: &Address, ty: &SqlType) {
    if ty.name.schema == "pg_catalog" {
        return;
    }
    if let Some(id) = session.objects.user_type(&ty.name).filter(|id| *id != dependent.id) {
        session.objects.depend(dependent.clone(), id, None, Strength::Normal);
    }
}
