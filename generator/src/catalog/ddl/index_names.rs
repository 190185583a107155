//! The names that an index gives its own columns (`pg_attribute` has them): those of the table's columns when it was
//! made, whatever these are called later. The names of indexes that are made like it are built from them.

use super::{identifiers, session::Session};
use crate::catalog::{Key, QName};

/// The names in a key's index.
pub(super) fn of_key(session: &Session, table: &QName, key: &Key) -> Vec<String> {
    let state = session.state(table);
    if let Some(names) = state.and_then(|state| state.index_names.get(&key.name)) {
        return names.clone();
    }
    let included = state.and_then(|state| state.carried.get(&key.name));
    of_columns(&key.columns, included.map_or(&[], Vec::as_slice))
}

/// Those in the index of a key of these columns.
pub(super) fn of_columns(columns: &[String], included: &[String]) -> Vec<String> {
    let all: Vec<String> = columns.iter().chain(included).cloned().collect();
    identifiers::index_column_names(&all)
}

/// The names in an index that no key owns, or in an exclusion's.
pub(super) fn of_index(session: &Session, table: &QName, name: &str) -> Vec<String> {
    let Some(state) = session.state(table) else { return Vec::new() };
    state.index_names.get(name).or_else(|| state.carried.get(name)).cloned().unwrap_or_default()
}

/// Gives an index the names of another one that it was made like.
pub(super) fn copy(session: &mut Session, from: (&QName, &str), to: (&QName, &str)) {
    let names = session.state(from.0).and_then(|state| state.index_names.get(from.1)).cloned();
    session.state_of(to.0).index_names.extend(names.map(|names| (to.1.to_owned(), names)));
}

/// Notes the names in the indexes of a table, one of whose columns is about to be renamed.
pub(super) fn keep(session: &mut Session, table: &QName) {
    let Some(found) = session.catalog.tables.get(table) else { return };
    let keys = found.primary_key.iter().chain(&found.uniques);
    let of_keys: Vec<_> = keys.map(|key| (key.name.clone(), of_key(session, table, key))).collect();
    let others = found.indexes.iter().map(|index| &index.name);
    let others = others.chain(found.exclusions.iter().map(|exclusion| &exclusion.name));
    let of_others: Vec<_> = others.map(|name| (name.clone(), of_index(session, table, name))).collect();
    session.state_of(table).index_names.extend(of_keys.into_iter().chain(of_others));
}

/// A column of another type has its indexes made anew, with the names that their columns have by now.
pub(super) fn renew(session: &mut Session, table: &QName, column: &str) {
    let Some(found) = session.catalog.tables.get(table) else { return };
    let keys = found.primary_key.iter().chain(&found.uniques);
    let keys = keys.filter(|key| key.columns.iter().any(|other| other == column));
    let mut made_anew: Vec<String> = keys.map(|key| key.name.clone()).collect();
    let state = session.state_of(table);
    let with_text = state.references.iter().filter(|(_, columns)| columns.contains(column));
    made_anew.extend(with_text.map(|(name, _)| name.clone()));
    let carrying = state.carried.iter().filter(|(_, columns)| columns.iter().any(|other| other == column));
    made_anew.extend(carrying.map(|(name, _)| name.clone()));
    state.index_names.retain(|name, _| !made_anew.contains(name));
}
