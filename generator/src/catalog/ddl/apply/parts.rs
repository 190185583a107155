//! Adds checks, keys, indexes and foreign keys to a table, and chooses their names. The callers have checked that each
//! is new, and pass it on to the table's children.

use std::collections::BTreeSet;

use super::super::{
    dependencies, dependents, identifiers,
    reader::{Ident, Outcome},
    session::{Session, missing_part},
    split::Statement,
    syntax::columns::Constraint,
};
use crate::catalog::{Check, ForeignKey, Index, Key, Object, QName};

pub(super) fn column_names(columns: &[Ident]) -> impl Iterator<Item = &str> {
    columns.iter().map(|column| column.name.as_str())
}

/// Each of the columns is the table's.
pub(super) fn check_columns(
    session: &mut Session,
    statement: &Statement,
    table: &QName,
    columns: &[Ident],
) -> Outcome {
    let known = |session: &Session, name: &str| {
        session.catalog.tables.get(table).is_some_and(|table| table.column(name).is_some())
    };
    for column in columns {
        if !known(session, &column.name) {
            let near = session.suggest(&column.name, |session| {
                let columns = session.catalog.tables.get(table).map(|table| table.columns.as_slice());
                columns.unwrap_or_default().iter().map(|column| column.name.as_str()).collect()
            });
            let problem = missing_part(
                statement,
                &table.name,
                "column",
                &column.name,
                column.span.clone(),
                near.as_deref(),
            );
            return Err(Box::new(problem));
        }
    }
    Ok(())
}

/// The constraint's name as given, which no other constraint of the table may have, or a chosen one.
pub(super) fn name_for(
    session: &Session,
    statement: &Statement,
    table: &QName,
    constraint: &Constraint,
    choose: impl FnOnce(&Session) -> String,
) -> Outcome<String> {
    let Some(given) = &constraint.name else { return Ok(choose(session)) };
    if has_constraint(session, table, &given.name) {
        return Err(Box::new(
            statement
                .error(
                    crate::diagnostics::DUPLICATE_OBJECT,
                    format!("`{}` has a constraint `{}` already", table.name, given.name),
                    given.span.clone(),
                )
                .help("give it another name, or take one of the two out"),
        ));
    }
    Ok(given.name.clone())
}

/// Whether the table has a constraint of that name.
pub(super) fn has_constraint(session: &Session, table: &QName, name: &str) -> bool {
    session.catalog.tables.get(table).is_some_and(|table| {
        table.primary_key.as_ref().is_some_and(|key| key.name == name)
            || table.uniques.iter().any(|key| key.name == name)
            || table.foreign_keys.iter().any(|key| key.name == name)
            || table.checks.iter().any(|check| check.name == name)
            || table.exclusions.iter().any(|check| check.name == name)
    })
}

/// Inserts into a list that is kept in the order of names.
pub(super) fn insert_sorted<T>(list: &mut Vec<T>, item: T, name: impl Fn(&T) -> &str) {
    let at = list.partition_point(|other| name(other) <= name(&item));
    list.insert(at, item);
}

/// Notes a constraint's name and place.
pub(super) fn register(
    session: &mut Session,
    statement: &Statement,
    table: &QName,
    name: &str,
    constraint: &Constraint,
) {
    session.take_constraint_name(&table.schema, name);
    let object = Object::Constraint(table.clone(), name.to_owned());
    session.places.insert(object, statement.place(constraint.span.clone()));
}

/// Adds a check that is named and known to be new to the table.
pub(super) fn put_check(session: &mut Session, table: &QName, check: Check, columns: BTreeSet<String>) {
    session.state_of(table).references.insert(check.name.clone(), columns);
    let name = check.name.clone();
    if let Some(table) = session.catalog.tables.get_mut(table) {
        insert_sorted(&mut table.checks, check, |check| &check.name);
    }
    dependencies::of_constraint(session, table, &name);
}

/// Adds an exclusion that is named and known to be new to the table, with its index.
pub(super) fn put_exclusion(
    session: &mut Session,
    table: &QName,
    exclusion: Check,
    columns: BTreeSet<String>,
    own_columns: Vec<String>,
) {
    session.add_index(table, &exclusion.name);
    let name = exclusion.name.clone();
    let state = session.state_of(table);
    state.references.insert(name.clone(), columns);
    state.carried.insert(name.clone(), own_columns);
    if let Some(table) = session.catalog.tables.get_mut(table) {
        insert_sorted(&mut table.exclusions, exclusion, |check| &check.name);
    }
    dependencies::of_constraint(session, table, &name);
}

/// The column whose NOT NULL has that name: as it was given, or as PostgreSQL 18 names it.
pub(super) fn not_null_named(session: &Session, table: &QName, name: &str) -> Option<String> {
    if let Some(column) = session.state(table).and_then(|state| state.not_nulls.get(name)) {
        return Some(column.clone());
    }
    let found = session.catalog.tables.get(table)?;
    let mut columns =
        found.columns.iter().filter(|column| !column.nullable && !has_constraint(session, table, name));
    columns
        .find(|column| identifiers::choose(&table.name, &column.name, "not_null", |_| false) == name)
        .map(|column| column.name.clone())
}

/// `NOT NULL` on or off, for the table and all that inherit from it.
pub(super) fn set_not_null(session: &mut Session, table: &QName, column: &str, not_null: bool) {
    for member in session.family(table) {
        set_own_not_null(session, &member, column, not_null);
    }
}

/// Likewise for the table alone.
pub(super) fn set_own_not_null(session: &mut Session, table: &QName, column: &str, not_null: bool) {
    let table = session.catalog.tables.get_mut(table);
    if let Some(column) = table.and_then(|t| t.columns.iter_mut().find(|c| c.name == column)) {
        column.nullable = !not_null;
    }
}

/// `table_pkey` or `table_columns_key`, by the names of the index's own columns.
pub(super) fn key_name(session: &Session, table: &QName, primary: bool, columns: &[String]) -> String {
    if primary {
        return session.choose_relation_name(&table.schema, &table.name, "", "pkey", true);
    }
    let joined = identifiers::join_columns(columns.iter().map(String::as_str));
    session.choose_relation_name(&table.schema, &table.name, &joined, "key", true)
}

/// Adds a key that is named and known to be new to the table, with its index.
pub(super) fn put_key(session: &mut Session, table: &QName, key: Key, primary: bool, included: Vec<String>) {
    session.add_index(table, &key.name);
    if !included.is_empty() {
        session.state_of(table).carried.insert(key.name.clone(), included);
    }
    let Some(table) = session.catalog.tables.get_mut(table) else { return };
    if primary {
        for column in table.columns.iter_mut().filter(|column| key.columns.contains(&column.name)) {
            column.nullable = false;
        }
        table.primary_key = Some(key);
    } else {
        insert_sorted(&mut table.uniques, key, |key| &key.name);
    }
}

/// Adds an index that is named and known to be new.
pub(super) fn put_index(
    session: &mut Session,
    table: &QName,
    index: Index,
    references: BTreeSet<String>,
    names: Vec<String>,
) {
    session.add_index(table, &index.name);
    let state = session.state_of(table);
    state.references.insert(index.name.clone(), references);
    state.carried.insert(index.name.clone(), names);
    if let Some(table) = session.catalog.tables.get_mut(table) {
        insert_sorted(&mut table.indexes, index, |index| &index.name);
    }
}

/// Adds a foreign key that is named and known to be new to the table.
pub(super) fn put_foreign_key(session: &mut Session, table: &QName, key: ForeignKey) {
    let name = key.name.clone();
    if let Some(index) = dependents::index_for(session, &key) {
        session.state_of(table).stands_on.insert(name.clone(), index);
    }
    if let Some(table) = session.catalog.tables.get_mut(table) {
        insert_sorted(&mut table.foreign_keys, key, |key| &key.name);
    }
    dependencies::of_constraint(session, table, &name);
}

/// An index that is like another needs the same functions.
pub(super) fn copy_index_needs(session: &mut Session, from: (&QName, &str), to: (&QName, &str)) {
    if let (Some(source), Some(target)) = (session.objects.relation(from.0), session.objects.relation(to.0)) {
        session.objects.copy(&source.index(from.1), &target.index(to.1));
    }
}

/// `table_columns_idx`, by the names of the index's own columns.
pub(super) fn index_name(session: &Session, table: &QName, names: &[String]) -> String {
    let joined = identifiers::join_columns(names.iter().map(String::as_str));
    session.choose_relation_name(&table.schema, &table.name, &joined, "idx", false)
}
