//! The names of NOT NULL constraints (PostgreSQL 18): those that the server chose stay, whatever the column and the table
//! are called later (`ddl/tests/cases.rs`, `not_null_names_after_renames`).

use super::{identifiers, session::Session};
use crate::catalog::QName;

/// Notes the names that the server chose, before the table or one of its columns gets another name.
pub(super) fn keep(session: &mut Session, table: &QName) {
    let Some(found) = session.catalog.tables.get(table) else { return };
    let columns: Vec<String> =
        found.columns.iter().filter(|column| !column.nullable).map(|column| column.name.clone()).collect();
    let state = session.state_of(table);
    for column in columns {
        if !state.not_nulls.values().any(|named| *named == column) {
            let name = identifiers::choose(&table.name, &column, "not_null", |_| false);
            state.not_nulls.entry(name).or_insert(column);
        }
    }
}
