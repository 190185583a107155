//! `ON CONFLICT`, without the types of the rows.

use super::{assign::Assignments, write_names};
use crate::sql::{ColumnDef, Parts, SqlWriter, quoted};

/// The conflict of a new row with an existing one, and what to do about it.
#[derive(Debug)]
pub struct Conflict {
    pub target: ConflictTarget,
    /// The changes to the existing row; `None` leaves it as it is.
    pub changes: Option<Changes>,
}

/// The constraint or index by which the new row conflicts.
#[derive(Debug)]
pub enum ConflictTarget {
    Any,
    /// The unique index over these columns; for a partial index also its condition.
    Columns(Vec<ColumnDef>, Option<&'static str>),
    /// The unique index over these expressions, as `CREATE INDEX` has them; for a partial index also its condition.
    Index(&'static str, Option<&'static str>),
    /// The constraint of this name, quoted.
    Constraint(String),
}

/// What an upsert changes of the existing row.
#[derive(Debug, Default)]
pub struct Changes {
    pub assignments: Assignments,
    pub filter: Option<Parts>,
}

impl Conflict {
    /// Writes `ON CONFLICT …`. The caller must have the table's columns [called](SqlWriter::called) by the table's
    /// name: a bare column name could also be one of `excluded`, and the server refuses it as ambiguous.
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
    /// A constraint by its name, which is quoted here, so that no part of it is read as SQL.
    pub fn constraint(name: &str) -> Self {
        Self::Constraint(quoted(name))
    }

    fn write(&self, sql: &mut SqlWriter<'_>) {
        match self {
            Self::Any => {}
            Self::Columns(columns, index_where) => {
                write_names(sql.push(" ("), columns);
                write_condition(sql.push(")"), *index_where);
            }
            Self::Index(expressions, index_where) => {
                sql.push(" (").push(expressions);
                write_condition(sql.push(")"), *index_where);
            }
            Self::Constraint(name) => {
                sql.push(" ON CONSTRAINT ").push(name);
            }
        }
    }
}

fn write_condition(sql: &mut SqlWriter<'_>, index_where: Option<&str>) {
    if let Some(condition) = index_where {
        sql.push(" WHERE ").push(condition);
    }
}
