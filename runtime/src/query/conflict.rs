//! `ON CONFLICT`, without types.

use super::{assign::Assignments, write_names};
use crate::sql::{ColumnDef, Parts, SqlWriter, quoted};

/// What is done about a row that a unique constraint refuses.
#[derive(Debug)]
pub struct Conflict {
    pub target: ConflictTarget,
    /// What is done to the row that is there; nothing where there are none.
    pub changes: Option<Changes>,
}

/// Which constraint it is about.
#[derive(Debug)]
pub enum ConflictTarget {
    Any,
    /// The unique index over these columns; of a partial index with its condition.
    Columns(Vec<ColumnDef>, Option<&'static str>),
    /// The constraint of this name, quoted.
    Constraint(String),
}

/// What an upsert does to the row that is there.
#[derive(Debug, Default)]
pub struct Changes {
    pub assignments: Assignments,
    pub filter: Option<Parts>,
}

impl Conflict {
    /// To be written where the table's columns are [called](SqlWriter::called) by its name: a bare one could as well be
    /// one of `excluded`, and is refused as ambiguous.
    pub fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.push(" ON CONFLICT");
        self.target.write(sql);
        match &self.changes {
            Some(changes) if !changes.assignments.is_empty() => {
                changes.assignments.write(sql.push(" DO UPDATE SET "));
                if let Some(filter) = &changes.filter {
                    filter.write(sql.push(" WHERE "));
                }
            }
            _ => {
                sql.push(" DO NOTHING");
            }
        }
    }
}

impl ConflictTarget {
    /// A constraint by its name, which is quoted here: nothing of it is SQL.
    pub fn constraint(name: &str) -> Self {
        Self::Constraint(quoted(name))
    }

    fn write(&self, sql: &mut SqlWriter<'_>) {
        match self {
            Self::Any => {}
            Self::Columns(columns, index_where) => {
                write_names(sql.push(" ("), columns);
                sql.push(")");
                if let Some(index_where) = index_where {
                    sql.push(" WHERE ").push(index_where);
                }
            }
            Self::Constraint(name) => {
                sql.push(" ON CONSTRAINT ").push(name);
            }
        }
    }
}
