//! The columns and constraints that partitions and inheriting tables get from their parents.
//!
//! Manual: "Inheritance", "Table Partitioning". A partition gets its parent's keys, indexes and foreign keys; a table
//! that merely inherits gets columns, checks and NOT NULL. Identity is not passed on (it is from PostgreSQL 17 on).

use std::collections::BTreeSet;

use super::{
    super::{
        dependencies, identifiers, index_names,
        objects::Strength,
        reader::{ObjectName, Outcome},
        session::Session,
        split::Statement,
    },
    parts::{
        copy_index_needs, has_constraint, index_name, key_name, put_check, put_foreign_key, put_index,
        put_key,
    },
};
use crate::{
    catalog::{Column, ForeignKey, Index, Key, Object, QName},
    diagnostics::IMPOSSIBLE_DEFINITION,
};

/// The columns of all parents, each once, as a new child starts with them.
pub(super) fn columns_of_parents(session: &Session, parents: &[QName]) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for parent in parents {
        let own = session.state(parent).map(|state| &state.own_not_nulls);
        for column in session.catalog.tables.get(parent).map(|t| t.columns.as_slice()).unwrap_or_default() {
            let nullable = column.nullable || own.is_some_and(|own| own.contains(&column.name));
            match columns.iter_mut().find(|known| known.name == column.name) {
                Some(known) => {
                    known.nullable &= nullable;
                    if known.default.is_none() {
                        known.default.clone_from(&column.default);
                    }
                }
                None => columns.push(Column { nullable, identity: None, comment: None, ..column.clone() }),
            }
        }
    }
    columns
}

/// Levels of partitions below partitions; nobody has as many, and each level is a call deeper here.
const MAX_LEVELS: usize = 50;

/// The parent is partitioned, and not itself below the table that is to be its partition.
pub(super) fn check_partition(
    session: &Session,
    statement: &Statement,
    parent: &QName,
    child: &QName,
    written: &ObjectName,
) -> Outcome {
    let mut problem = None;
    if !session.is_partitioned(parent) {
        problem = Some(format!("`{}` is not partitioned", parent.name));
    }
    let (mut above, mut levels) = (Some(parent), levels_below(session, child));
    while let Some(table) = above {
        levels += 1;
        if table == child || levels > MAX_LEVELS {
            problem = Some(format!("`{}` cannot be a partition of `{}`", child.name, parent.name));
            break;
        }
        above = session.catalog.tables.get(table).and_then(|table| table.partition_of.as_ref());
    }
    problem.map_or(Ok(()), |message| {
        Err(Box::new(
            statement
                .error(IMPOSSIBLE_DEFINITION, message, written.span.clone())
                .help("name a table that was made with `PARTITION BY` and lies above it"),
        ))
    })
}

fn levels_below(session: &Session, table: &QName) -> usize {
    let mut level = vec![table.clone()];
    let mut levels = 0;
    while !level.is_empty() && levels <= MAX_LEVELS {
        level = level.iter().flat_map(|table| session.children(table)).collect();
        levels += 1;
    }
    levels
}

/// Makes the table a child: links it to its parent and adds the parent's constraints that it lacks.
pub(super) fn link(session: &mut Session, parent: &QName, child: &QName) {
    if let Some(id) = session.objects.relation(child) {
        session.state_of(parent).children.push(id);
        let strength = if session.is_partitioned(parent) { Strength::Auto } else { Strength::Normal };
        dependencies::of_child(session, id, parent, strength);
    }
    let Some(from) = session.catalog.tables.get(parent).cloned() else { return };
    let own = session.state_of(parent).own.clone();
    for check in from.checks.iter().filter(|check| !own.contains(&check.name)) {
        if has_constraint(session, child, &check.name) {
            // A partition has no checks of its own beside the same of its parent.
            if session.is_partitioned(parent) {
                session.state_of(child).inherited_checks.insert(check.name.clone());
            }
        } else {
            session.state_of(child).inherited_checks.insert(check.name.clone());
            let columns = session.state_of(parent).references.get(&check.name).cloned().unwrap_or_default();
            inherit_place(session, parent, child, &check.name, &check.name);
            session.take_constraint_name(&child.schema, &check.name);
            put_check(session, child, check.clone(), columns);
        }
    }
    if !session.is_partitioned(parent) {
        return;
    }
    for (key, primary) in
        from.primary_key.iter().map(|key| (key, true)).chain(from.uniques.iter().map(|k| (k, false)))
    {
        let included = session.state_of(parent).carried.get(&key.name).cloned().unwrap_or_default();
        ensure_key(session, parent, child, key, primary, &included);
    }
    // Also those that were made `ON ONLY` the parent: the other partitions alone lack them.
    for index in &from.indexes {
        ensure_index(session, parent, child, index);
    }
    for key in &from.foreign_keys {
        ensure_foreign_key(session, parent, child, key);
    }
}

/// A new key of a partitioned table is a key of each of its partitions.
pub(super) fn key_to_partitions(
    session: &mut Session,
    table: &QName,
    key: &Key,
    primary: bool,
    included: &[String],
) {
    for child in partitions(session, table) {
        ensure_key(session, table, &child, key, primary, included);
    }
}

/// A new foreign key of a partitioned table is one of each of its partitions, under the same name where it is free.
pub(super) fn foreign_key_to_partitions(session: &mut Session, table: &QName, key: &ForeignKey) {
    for child in partitions(session, table) {
        ensure_foreign_key(session, table, &child, key);
    }
}

/// A new index of a partitioned table is an index of each of its partitions.
pub(super) fn index_to_partitions(session: &mut Session, table: &QName, index: &Index) {
    for child in partitions(session, table) {
        ensure_index(session, table, &child, index);
    }
}

fn partitions(session: &Session, table: &QName) -> Vec<QName> {
    if session.is_partitioned(table) { session.children(table) } else { Vec::new() }
}

/// What a child has from its parent was written where the parent's was.
fn inherit_place(session: &mut Session, parent: &QName, child: &QName, theirs: &str, ours: &str) {
    if let Some(place) = session.places.get(&Object::Constraint(parent.clone(), theirs.to_owned())).cloned() {
        session.places.insert(Object::Constraint(child.clone(), ours.to_owned()), place);
    }
}

fn ensure_key(
    session: &mut Session,
    parent: &QName,
    child: &QName,
    key: &Key,
    primary: bool,
    included: &[String],
) {
    let Some(table) = session.catalog.tables.get(child) else { return };
    let is_same = |own: &&Key| own.columns == key.columns && own.nulls_not_distinct == key.nulls_not_distinct;
    let existing = if primary { table.primary_key.as_ref() } else { table.uniques.iter().find(is_same) };
    let own = existing.cloned().unwrap_or_else(|| {
        let name = key_name(session, child, primary, &index_names::of_key(session, parent, key));
        index_names::copy(session, (parent, &key.name), (child, &name));
        let own = Key { name, ..key.clone() };
        inherit_place(session, parent, child, &key.name, &own.name);
        session.take_constraint_name(&child.schema, &own.name);
        put_key(session, child, own.clone(), primary, included.to_vec());
        own
    });
    key_to_partitions(session, child, &own, primary, included);
}

fn ensure_index(session: &mut Session, parent: &QName, child: &QName, index: &Index) {
    let state = session.state_of(parent);
    let references = state.references.get(&index.name).cloned().unwrap_or_default();
    let names = state.carried.get(&index.name).cloned().unwrap_or_default();
    let Some(table) = session.catalog.tables.get(child) else { return };
    let is_same = |own: &&Index| {
        own.is_like(index)
            && session.state(child).and_then(|state| state.references.get(&own.name)) == Some(&references)
    };
    let existing = table.indexes.iter().find(is_same).cloned();
    let own = existing.unwrap_or_else(|| {
        let made_with = index_names::of_index(session, parent, &index.name);
        let own = Index { name: index_name(session, child, &made_with), ..index.clone() };
        index_names::copy(session, (parent, &index.name), (child, &own.name));
        put_index(session, child, own.clone(), references.clone(), names);
        copy_index_needs(session, (parent, &index.name), (child, &own.name));
        own
    });
    index_to_partitions(session, child, &own);
}

fn ensure_foreign_key(session: &mut Session, parent: &QName, child: &QName, key: &ForeignKey) {
    let Some(table) = session.catalog.tables.get(child) else { return };
    if !table.foreign_keys.iter().any(|own| is_same_foreign_key(own, key)) {
        let name = if has_constraint(session, child, &key.name) {
            let joined = identifiers::join_columns(key.columns.iter().map(String::as_str));
            identifiers::choose(&child.name, &joined, "fkey", |name| {
                session.constraint_taken(&child.schema, name)
            })
        } else {
            key.name.clone()
        };
        inherit_place(session, parent, child, &key.name, &name);
        session.take_constraint_name(&child.schema, &name);
        put_foreign_key(session, child, ForeignKey { name, ..key.clone() });
    }
    foreign_key_to_partitions(session, child, key);
}

/// Whether a partition's foreign key becomes its parent's (`tryAttachPartitionForeignKey`).
pub(super) fn is_same_foreign_key(own: &ForeignKey, parents: &ForeignKey) -> bool {
    *own == ForeignKey { name: own.name.clone(), validated: true, ..parents.clone() }
}

/// The child's columns that it has only from its parents.
pub(super) fn mark_inherited(session: &mut Session, child: &QName, columns: BTreeSet<String>) {
    session.state_of(child).inherited.extend(columns);
}

/// Whether the table's children have its check of that name from it.
pub(super) fn passes_on_check(session: &Session, table: &QName, name: &str) -> bool {
    let has = session.catalog.tables.get(table).is_some_and(|t| t.checks.iter().any(|c| c.name == name));
    has && !session.state(table).is_some_and(|state| state.own.contains(name))
}

/// Whether a parent of the table has such a check that it passes on.
pub(super) fn has_check_from_a_parent(session: &Session, table: &QName, name: &str) -> bool {
    let found = session.catalog.tables.get(table);
    let mut parents = found.into_iter().flat_map(|t| t.partition_of.iter().chain(&t.inherits));
    parents.any(|parent| passes_on_check(session, parent, name))
}

/// Whether the table does not state the check itself.
pub(super) fn has_check_from_parents_alone(session: &Session, table: &QName, name: &str) -> bool {
    session.state(table).is_some_and(|state| state.inherited_checks.contains(name))
}

/// The table states the check as well.
pub(super) fn state_check(session: &mut Session, table: &QName, name: &str) {
    let is_partition = session.catalog.tables.get(table).is_some_and(|table| table.partition_of.is_some());
    if !is_partition {
        session.state_of(table).inherited_checks.remove(name);
    }
}

/// A table that is no child any more has as its own what no other parent gives it.
pub(super) fn keep_as_own(session: &mut Session, table: &QName) {
    let Some(found) = session.catalog.tables.get(table) else { return };
    let parents: Vec<QName> = found.partition_of.iter().chain(&found.inherits).cloned().collect();
    let is_given = |column: &String| {
        let mut found = parents.iter().filter_map(|parent| session.catalog.tables.get(parent));
        found.any(|parent| parent.column(column).is_some())
    };
    let Some(state) = session.state(table) else { return };
    let columns = state.inherited.iter().filter(|column| is_given(column)).cloned().collect();
    let is_checked = |name: &&String| has_check_from_a_parent(session, table, name);
    let checks = state.inherited_checks.iter().filter(is_checked).cloned().collect();
    let state = session.state_of(table);
    (state.inherited, state.inherited_checks) = (columns, checks);
}
