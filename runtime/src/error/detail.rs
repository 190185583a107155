//! The data of some errors: a violated constraint, a schema's difference, the databases that committed.

use std::fmt;

use tokio_postgres::error::DbError;

use super::{Alias, Error};

/// The constraint that refused a row.
pub struct Violation {
    /// The connection's name.
    pub connection: Alias,
    /// The constraint's name.
    pub constraint: Option<String>,
    /// The table, with its schema.
    pub table: Option<String>,
    /// The column, where the server names one.
    pub column: Option<String>,
    /// The driver's error, with what the server said.
    pub source: tokio_postgres::Error,
}

impl Violation {
    pub(super) fn new(connection: Alias, source: tokio_postgres::Error) -> Box<Self> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let db = source.as_db_error();
        let constraint = owned(db.and_then(DbError::constraint));
        let column = owned(db.and_then(DbError::column));
        let table = db.and_then(|db| {
            let table = db.table()?;
            Some(db.schema().map_or_else(|| table.to_owned(), |schema| format!("{schema}.{table}")))
        });
        Box::new(Self { connection, constraint, table, column, source })
    }
}

/// The driver's error is left out: its DETAIL quotes values of the row.
impl fmt::Debug for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Violation")
            .field("connection", &self.connection)
            .field("constraint", &self.constraint)
            .field("table", &self.table)
            .field("column", &self.column)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.constraint, &self.column, &self.table) {
            (Some(constraint), _, Some(table)) => write!(f, "constraint `{constraint}` of `{table}`"),
            (Some(constraint), _, None) => write!(f, "constraint `{constraint}`"),
            (None, Some(column), Some(table)) => write!(f, "column `{column}` of `{table}`"),
            _ => f.write_str("an unnamed constraint"),
        }
    }
}

/// One difference between a live schema and the generated code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The connection's name.
    pub connection: Alias,
    /// The table or type, as SQL names it.
    pub object: String,
    /// What is different, in words.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connection `{}`: {} {}", self.connection, self.object, self.what)
    }
}

/// The databases on which a step is stored, and those on which it is not: see [`together`](crate::together).
#[derive(Debug)]
#[non_exhaustive]
pub struct PartlyCommitted {
    /// The connections on which the step is stored.
    pub committed: Vec<Alias>,
    /// Why a commit failed, with its connection. After [`Error::OutcomeUnknown`] the step may be stored there, too.
    pub error: Error,
    /// The connections after the failed one, on which nothing is stored.
    pub rolled_back: Vec<Alias>,
}

impl fmt::Display for PartlyCommitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the step is stored on {} only", Names(&self.committed))?;
        if !self.rolled_back.is_empty() {
            write!(f, ", and undone on {}", Names(&self.rolled_back))?;
        }
        write!(f, ", as a commit failed: {}", self.error)
    }
}

struct Names<'a>(&'a [Alias]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(at, alias)| {
            let separator = if at == 0 { "" } else { ", " };
            write!(f, "{separator}`{alias}`")
        })
    }
}
