//! The data of some errors: a violated constraint, a schema's difference, the databases that committed.

use std::fmt;

use tokio_postgres::error::DbError;

use super::{Alias, Error};

/// The constraint that refused a row.
pub struct Violation {
    /// The connection's name.
    pub connection: Alias,
    /// The constraint's name. Taken from the message where the server gives none: Citus passes on the errors of its
    /// workers without it, and appends the number of a shard, which is cut off.
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
        let quoted = |kind| db.and_then(|db| named(db.message(), kind)).map(without_shard);
        let constraint = owned(db.and_then(DbError::constraint).or_else(|| quoted("constraint")));
        let column = owned(db.and_then(DbError::column).or_else(|| quoted("column")));
        let table = db.and_then(|db| {
            let table = db.table()?;
            Some(db.schema().map_or_else(|| table.to_owned(), |schema| format!("{schema}.{table}")))
        });
        Box::new(Self { connection, constraint, table, column, source })
    }
}

/// The quoted name that follows this word in a message.
fn named<'m>(message: &'m str, kind: &str) -> Option<&'m str> {
    let (_, rest) = message.split_once(&format!("{kind} \""))?;
    let (name, _) = rest.split_once('"')?;
    Some(name)
}

/// A name without the number that Citus appends to the names of a shard: 102008 or more
/// (<https://docs.citusdata.com/en/stable/develop/api_metadata.html>).
fn without_shard(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((name, shard)) if shard.parse::<u64>().is_ok_and(|shard| shard >= 102_008) => name,
        _ => name,
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
            (None, Some(column), None) => write!(f, "column `{column}`"),
            _ => f.write_str("a constraint whose name the server does not tell"),
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
