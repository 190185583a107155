//! One error type that tells apart what a caller may want to act on.

mod detail;

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::config::ConfigError;

pub use self::detail::{Difference, PartlyCommitted, Violation};

/// The result of everything that talks to a server.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A connection's name, shared by all that may have to report it.
pub type Alias = Arc<str>;

/// What went wrong, and on which connection.
///
/// Neither its `Display` nor its `Debug` form shows a password or a value that was sent: an error can be logged as
/// it is. (The driver's error, found in [`Error::source`](StdError::source), may quote a value: PostgreSQL's DETAIL
/// names the duplicate key.)
#[non_exhaustive]
pub enum Error {
    /// `one` found no row.
    NotFound {
        /// The connection's name.
        connection: Alias,
        /// The model that was asked for.
        model: &'static str,
    },
    /// A [required](crate::Relation::required) reference holds an ID that no row of the other database has, or NULL.
    Dangling {
        /// The name of the connection to the other database.
        connection: Alias,
        /// The model of the other database.
        model: &'static str,
        /// The column that holds the ID.
        column: &'static str,
        /// How many of the loaded rows have such an ID.
        missing: usize,
    },
    /// `one` or `optional` found more than one row.
    TooManyRows {
        /// The connection's name.
        connection: Alias,
        /// The model that was asked for.
        model: &'static str,
    },
    /// Another row already has this value in a unique or primary key.
    UniqueViolation(Box<Violation>),
    /// The row that a foreign key of this row refers to does not exist, or other rows still refer to this row.
    ForeignKeyViolation(Box<Violation>),
    /// The row does not meet a `CHECK` constraint.
    CheckViolation(Box<Violation>),
    /// A column that may not be NULL was given NULL.
    NotNullViolation(Box<Violation>),
    /// The row conflicts with another row by an exclusion constraint.
    ExclusionViolation(Box<Violation>),
    /// `get_or_insert` or `update_or_insert` cannot look for the existing row: the insert leaves a column of the conflict
    /// to its default.
    NotGiven {
        /// The connection's name.
        connection: Alias,
        /// The model, and its column.
        column: String,
    },
    /// The transaction conflicted with another one (SQLSTATE 40001 or 40P01) and may succeed if it is run again.
    Serialization {
        /// The connection's name.
        connection: Alias,
        /// The driver's error, with what the server said.
        source: tokio_postgres::Error,
    },
    /// What the server had prepared for a statement no longer fits the schema, which was changed. Outside a transaction
    /// the pool prepares it anew and runs it once more; a transaction may succeed if it is run again.
    StalePlan {
        /// The connection's name.
        connection: Alias,
        /// What the server said.
        source: tokio_postgres::Error,
    },
    /// A statement that changes something was sent, and its answer was lost: whether it took effect is not known.
    OutcomeUnknown {
        /// The connection's name.
        connection: Alias,
    },
    /// SQL of the program's own would change the state of a connection that the pool gives to others. It was not sent.
    SessionState {
        /// The connection's name.
        connection: Alias,
        /// What it is: `BEGIN`, `SET`, …
        statement: &'static str,
    },
    /// The program asked for what needs a session of its own, and a pooler gives the session to somebody else after each
    /// transaction.
    SharedSession {
        /// The connection's name.
        connection: Alias,
    },
    /// A stream on this connection is still being read: the answer to another statement would come behind its rows.
    StreamOpen {
        /// The connection's name.
        connection: Alias,
    },
    /// A savepoint of a transaction was asked for while another of it is open, and waited for that one in vain.
    SavepointOpen {
        /// The connection's name.
        connection: Alias,
        /// How long the caller waited.
        waited: Duration,
    },
    /// A statement, or `commit`, was run in a transaction in which an earlier statement had failed: nothing that the
    /// transaction did is stored.
    Aborted {
        /// The connection's name.
        connection: Alias,
    },
    /// The server cancelled the statement: `statement_timeout`, or a cancel request.
    Cancelled {
        /// The connection's name.
        connection: Alias,
        /// The driver's error, with what the server said.
        source: tokio_postgres::Error,
    },
    /// The pool had no free connection within its `acquire_timeout`.
    PoolTimeout {
        /// The connection's name.
        connection: Alias,
        /// How long the caller waited: the pool's `acquire_timeout`.
        waited: Duration,
    },
    /// The pool was closed.
    PoolClosed {
        /// The connection's name.
        connection: Alias,
    },
    /// The server could not be reached, or refused the connection.
    Connect {
        /// The connection's name.
        connection: Alias,
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The connection broke while a statement was under way. Whether the statement took effect is not known.
    ConnectionLost {
        /// The connection's name.
        connection: Alias,
        /// Why, where the server said so before it closed the connection.
        reason: Option<String>,
        /// What the driver reports.
        source: tokio_postgres::Error,
    },
    /// A table, column or type is not the one that the code was generated from: generate the code again, or migrate the
    /// database.
    SchemaDrift {
        /// The connection's name.
        connection: Alias,
        /// The driver's error, with what the server said.
        source: tokio_postgres::Error,
    },
    /// [`verify`](crate::DatabaseSet::verify) found that the servers' schemas are not those that the code was generated
    /// from.
    Drift(Vec<Difference>),
    /// A value that the server sent does not fit its Rust type.
    Decode {
        /// The connection's name.
        connection: Alias,
        /// The model, and its column.
        column: String,
        /// Why it does not fit.
        source: tokio_postgres::Error,
    },
    /// [`together`](crate::together) committed the step on some of its databases, and not on the others.
    PartlyCommitted(Box<PartlyCommitted>),
    /// A statement of the program's own returns other columns than its row type reads.
    Columns {
        /// The connection's name.
        connection: Alias,
        /// Which columns are missing, and which are not wanted.
        what: String,
    },
    /// A connection's settings are wrong.
    Config(ConfigError),
    /// Any other error of the server or the driver.
    Database {
        /// The connection's name.
        connection: Alias,
        /// The driver's error.
        source: tokio_postgres::Error,
    },
}

impl Error {
    /// The kind of error that a driver's error is.
    pub(crate) fn from_driver(connection: &Alias, source: tokio_postgres::Error) -> Self {
        let connection = Arc::clone(connection);
        if source.is_closed() || lost(&source) {
            return Self::ConnectionLost { connection, reason: None, source };
        }
        let Some(db) = source.as_db_error() else {
            return Self::Database { connection, source };
        };
        // The server closes the connection behind it: an administrator stopped it, it crashed, a limit was reached.
        if matches!(db.parsed_severity(), Some(Severity::Fatal | Severity::Panic)) {
            return Self::ConnectionLost { connection, reason: None, source };
        }
        if is_stale(db) {
            return Self::StalePlan { connection, source };
        }
        let code = db.code().clone();
        match code {
            SqlState::UNIQUE_VIOLATION => Self::UniqueViolation(Violation::new(connection, source)),
            SqlState::FOREIGN_KEY_VIOLATION => Self::ForeignKeyViolation(Violation::new(connection, source)),
            SqlState::CHECK_VIOLATION => Self::CheckViolation(Violation::new(connection, source)),
            SqlState::NOT_NULL_VIOLATION => Self::NotNullViolation(Violation::new(connection, source)),
            SqlState::EXCLUSION_VIOLATION => Self::ExclusionViolation(Violation::new(connection, source)),
            SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => {
                Self::Serialization { connection, source }
            }
            SqlState::IN_FAILED_SQL_TRANSACTION => Self::Aborted { connection },
            SqlState::QUERY_CANCELED => Self::Cancelled { connection, source },
            SqlState::UNDEFINED_TABLE
            | SqlState::UNDEFINED_COLUMN
            | SqlState::UNDEFINED_OBJECT
            | SqlState::UNDEFINED_FUNCTION => Self::SchemaDrift { connection, source },
            _ => Self::Database { connection, source },
        }
    }

    /// The name of the connection it happened on; none for settings that name none.
    pub fn connection(&self) -> Option<&str> {
        match self {
            Self::NotFound { connection, .. }
            | Self::Dangling { connection, .. }
            | Self::TooManyRows { connection, .. }
            | Self::NotGiven { connection, .. }
            | Self::Serialization { connection, .. }
            | Self::Cancelled { connection, .. }
            | Self::PoolTimeout { connection, .. }
            | Self::PoolClosed { connection }
            | Self::Aborted { connection }
            | Self::StalePlan { connection, .. }
            | Self::OutcomeUnknown { connection }
            | Self::SessionState { connection, .. }
            | Self::SharedSession { connection }
            | Self::StreamOpen { connection }
            | Self::SavepointOpen { connection, .. }
            | Self::Connect { connection, .. }
            | Self::ConnectionLost { connection, .. }
            | Self::SchemaDrift { connection, .. }
            | Self::Decode { connection, .. }
            | Self::Columns { connection, .. }
            | Self::Database { connection, .. } => Some(connection),
            Self::UniqueViolation(violation)
            | Self::ForeignKeyViolation(violation)
            | Self::CheckViolation(violation)
            | Self::NotNullViolation(violation)
            | Self::ExclusionViolation(violation) => Some(&violation.connection),
            Self::Drift(differences) => differences.first().map(|difference| &*difference.connection),
            Self::PartlyCommitted(part) => part.error.connection(),
            Self::Config(_) => None,
        }
    }

    /// Whether the same transaction may succeed if it is run again.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Serialization { .. } | Self::StalePlan { .. })
    }
}

/// Whether the socket, not the server, is what failed.
fn lost(error: &tokio_postgres::Error) -> bool {
    error.source().is_some_and(|source| source.is::<std::io::Error>())
}

/// Whether the server refused a statement before it did anything, as what it had prepared no longer fits the schema.
///
/// PostgreSQL reports a prepared statement whose columns changed under it as "feature not supported", raised by this
/// routine (src/backend/utils/cache/plancache.c); one that somebody deallocated as an invalid name; and one whose value
/// is of a type that was dropped as an internal error, raised where the type is looked up (src/backend/utils/cache/
/// lsyscache.c), while its values are read. Raised within a function, which may have had effects, each has the function
/// for a context.
fn is_stale(db: &DbError) -> bool {
    let refused = match db.code() {
        code if *code == SqlState::FEATURE_NOT_SUPPORTED => db.routine() == Some("RevalidateCachedQuery"),
        code if *code == SqlState::INVALID_SQL_STATEMENT_NAME => true,
        code if *code == SqlState::INTERNAL_ERROR => {
            db.message().starts_with("cache lookup failed for type ")
        }
        _ => false,
    };
    // A value that is read for a statement has its place for a context.
    refused
        && db
            .where_()
            .is_none_or(|place| place.starts_with("unnamed portal parameter $") && !place.contains('\n'))
}

/// The same words as `Display`: the driver's error, which a derived form would show, quotes values.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Drift(differences) = self {
            f.write_str("the databases' schemas are not those that this code was generated from")?;
            return differences.iter().try_for_each(|difference| write!(f, "\n  {difference}"));
        }
        if let Self::PartlyCommitted(part) = self {
            return part.fmt(f);
        }
        if let Some(connection) = self.connection() {
            write!(f, "connection `{connection}`: ")?;
        }
        match self {
            Self::NotFound { model, .. } => write!(f, "no `{model}` was found"),
            Self::Dangling { model, column, missing, .. } => {
                write!(f, "the `{column}` of {missing} rows is the ID of no `{model}`")
            }
            Self::TooManyRows { model, .. } => write!(f, "more than one `{model}` was found"),
            Self::NotGiven { column, .. } => {
                write!(
                    f,
                    "the insert leaves `{column}` to its default, so the existing row cannot be looked for by it: \
                     give the column a value with `.set(…)`"
                )
            }
            Self::UniqueViolation(violation) => write!(f, "another row already has this value: {violation}"),
            Self::ForeignKeyViolation(violation) => {
                write!(
                    f,
                    "the row that this one refers to does not exist, or other rows still refer to this row: \
                     {violation}"
                )
            }
            Self::CheckViolation(violation) => write!(f, "the row does not meet a check: {violation}"),
            Self::NotNullViolation(violation) => write!(f, "the column may not be NULL: {violation}"),
            Self::ExclusionViolation(violation) => {
                write!(f, "the row conflicts with another row: {violation}")
            }
            Self::Serialization { .. } => {
                f.write_str("the transaction conflicted with another one and can be run again")
            }
            Self::Cancelled { .. } => f.write_str("the statement was cancelled"),
            Self::PoolTimeout { waited, .. } => write!(f, "no connection was free within {waited:?}"),
            Self::PoolClosed { .. } => f.write_str("the pool is closed"),
            Self::Aborted { .. } => {
                f.write_str("an earlier statement of the transaction failed, so nothing that the transaction did is stored")
            }
            Self::StalePlan { .. } => f.write_str(
                "the schema was changed under a prepared statement, which did nothing: the transaction can be run again",
            ),
            Self::OutcomeUnknown { .. } => {
                f.write_str("the answer to a write was lost: whether it took effect is not known")
            }
            Self::SessionState { statement, .. } => write!(
                f,
                "`{statement}` would change a connection that the pool gives to others: run it on `connection()`, and \
                 transactions with `begin()` or `transaction(…)`"
            ),
            Self::SharedSession { .. } => f.write_str(
                "a pooler gives the session to somebody else after each transaction: run it in a transaction",
            ),
            Self::StreamOpen { .. } => {
                f.write_str("a stream on this connection is still open: read it to its end, or drop it")
            }
            Self::SavepointOpen { waited, .. } => write!(
                f,
                "another savepoint of the transaction was open for {waited:?}: begin one inside it on the savepoint itself"
            ),
            Self::Connect { .. } => f.write_str("the server could not be reached"),
            Self::ConnectionLost { reason: Some(reason), .. } => {
                return write!(f, "the connection was lost: {reason}");
            }
            Self::ConnectionLost { .. } => f.write_str("the connection was lost"),
            Self::SchemaDrift { .. } => {
                f.write_str("the database's schema is not the one this code was generated from")
            }
            Self::Decode { column, .. } => write!(f, "the value of `{column}` does not fit its Rust type"),
            Self::Columns { what, .. } => f.write_str(what),
            Self::Drift(_) | Self::PartlyCommitted(_) => Ok(()),
            Self::Config(error) => error.fmt(f),
            Self::Database { .. } => f.write_str("the statement failed"),
        }?;
        // One line tells the cause as well: few programs print the chain of sources.
        match self.source() {
            Some(source) if !matches!(self, Self::Config(_)) => write!(f, ": {}", Innermost(source)),
            _ => Ok(()),
        }
    }
}

/// The driver says "db error" and leaves the server's words to its source.
struct Innermost<'a>(&'a (dyn StdError + 'static));

impl fmt::Display for Innermost<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut error = self.0;
        while let Some(source) = error.source() {
            error = source;
        }
        // DETAIL and HINT may quote values of the row: the message seldom does.
        match error.downcast_ref::<DbError>() {
            Some(db) if quotes_value(db.code()) => write!(f, "SQLSTATE {}", db.code().code()),
            Some(db) => write!(f, "{} (SQLSTATE {})", db.message(), db.code().code()),
            None => write!(f, "{error}"),
        }
    }
}

/// Whether the server's message is about a value that it could not read, and quotes it.
fn quotes_value(code: &SqlState) -> bool {
    [
        SqlState::INVALID_TEXT_REPRESENTATION,
        SqlState::INVALID_DATETIME_FORMAT,
        SqlState::DATETIME_FIELD_OVERFLOW,
        SqlState::INTERVAL_FIELD_OVERFLOW,
    ]
    .contains(code)
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Serialization { source, .. }
            | Self::Cancelled { source, .. }
            | Self::ConnectionLost { source, .. }
            | Self::SchemaDrift { source, .. }
            | Self::StalePlan { source, .. }
            | Self::Decode { source, .. }
            | Self::Database { source, .. } => Some(source),
            Self::UniqueViolation(violation)
            | Self::ForeignKeyViolation(violation)
            | Self::CheckViolation(violation)
            | Self::NotNullViolation(violation)
            | Self::ExclusionViolation(violation) => Some(&violation.source),
            Self::Connect { source, .. } => Some(&**source),
            Self::PartlyCommitted(part) => Some(&part.error),
            Self::Config(error) => Some(error),
            Self::NotFound { .. }
            | Self::Dangling { .. }
            | Self::TooManyRows { .. }
            | Self::Columns { .. }
            | Self::NotGiven { .. }
            | Self::Drift(_)
            | Self::PoolTimeout { .. }
            | Self::PoolClosed { .. }
            | Self::OutcomeUnknown { .. }
            | Self::SessionState { .. }
            | Self::SharedSession { .. }
            | Self::StreamOpen { .. }
            | Self::SavepointOpen { .. }
            | Self::Aborted { .. } => None,
        }
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}
