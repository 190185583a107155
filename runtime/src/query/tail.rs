//! The clauses after the rows of an insert: `ON CONFLICT` and `RETURNING`.

use super::{conflict::Conflict, write::Returned};
use crate::sql::{ColumnDef, SqlWriter};

/// The clauses at the end of an insert.
#[derive(Clone, Copy, Debug)]
pub struct Tail<'a> {
    conflict: Option<(&'a Conflict, NamedTable)>,
    returned: Returned<'a>,
}

/// The name of a statement's table where other rows are in scope as well.
#[derive(Clone, Copy, Debug)]
pub(super) struct NamedTable {
    /// The alias that follows the table's name at the beginning of the statement.
    pub alias: &'static str,
    /// The name that qualifies the table's columns.
    pub table: &'static str,
}

impl NamedTable {
    /// The alias beside a row called `excluded`: the table itself may have that name, and the program's own SQL
    /// fragments may read the same table once more (<https://www.postgresql.org/docs/current/sql-insert.html>,
    /// "alias").
    pub fn excluded(_: &'static str) -> Self {
        Self { alias: " AS _0", table: "_0" }
    }
}

impl<'a> Tail<'a> {
    pub fn returning(returned: Returned<'a>) -> Self {
        Self { conflict: None, returned }
    }

    pub fn on_conflict(conflict: &'a Conflict, table: &'static str, returned: Returned<'a>) -> Self {
        Self { conflict: Some((conflict, NamedTable::excluded(table))), returned }
    }

    /// What the insert returns, if it has no `ON CONFLICT`.
    pub fn returned_alone(self) -> Option<Returned<'a>> {
        self.conflict.is_none().then_some(self.returned)
    }

    /// The columns that its rows begin with, for an error that names one of them.
    pub fn columns(self) -> &'static [ColumnDef] {
        self.returned.columns()
    }

    /// The alias of the table, where the clauses need one.
    pub fn alias(&self) -> &'static str {
        self.named().map_or("", |named| named.alias)
    }

    fn named(&self) -> Option<NamedTable> {
        match self.conflict {
            Some((_, named)) => Some(named),
            None => self.returned.looks_beyond().then(|| NamedTable::excluded("")),
        }
    }

    pub fn write(self, sql: &mut SqlWriter<'a>) {
        let write = |sql: &mut SqlWriter<'a>| {
            if let Some((conflict, _)) = self.conflict {
                conflict.write(sql);
            }
            self.returned.write(sql);
        };
        match self.named() {
            Some(named) => sql.called(named.table, write),
            None => write(sql),
        }
    }
}
