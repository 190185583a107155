//! The crate's one error type, with a variant for each case that a caller may want to handle.

mod advice;
mod detail;
mod display;
mod sort;

use std::{error::Error as StdError, sync::Arc, time::Duration};

use tokio_postgres::error::DbError;

use crate::config::ConfigError;

pub use self::detail::{Difference, PartlyCommitted, Violation};
pub(crate) use self::{
    advice::{SET_LOCAL, is_of_transactions},
    sort::is_conflict,
};

/// The result of each call that talks to a server.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A connection's name, shared by everything that may report it in an error.
pub type Alias = Arc<str>;

/// What went wrong, and on which connection.
///
/// `Display` writes one line, and one more for each difference of [`Error::Drift`]. It includes the cause, so
/// [`source`](StdError::source) returns `None`: a printed chain of errors repeats nothing. Neither `Display` nor
/// `Debug` shows a password or a value that was sent, so an error can be logged as it is. (The driver's own error,
/// [`Error::driver_error`], may quote a value: PostgreSQL's DETAIL names the duplicate key.)
#[non_exhaustive]
pub enum Error {
    /// `one` found no row.
    NotFound {
        /// The connection's name.
        connection: Alias,
        /// The model whose row was asked for.
        model: &'static str,
    },
    /// An insert returned no row. The server did what it was told: a trigger or a rule has left the row out, or has stored
    /// it in another table.
    NotReturned {
        /// The connection's name.
        connection: Alias,
        /// The model of the row.
        model: &'static str,
    },
    /// A [required](crate::Relation::required) reference or relation holds an ID that no row has, or NULL. Of a foreign key:
    /// the row was deleted between the two statements, which outside a transaction see each its own snapshot, or the key was
    /// not checked when it was stored.
    Dangling {
        /// The name of the connection to the database of the row that is looked for.
        connection: Alias,
        /// The model of that row.
        model: &'static str,
        /// The column that holds the ID.
        column: &'static str,
        /// How many of the loaded rows hold an ID that no row has. [`orphans`](crate::Relation::orphans) finds the IDs;
        /// no error shows a value.
        missing: usize,
        /// How many of the loaded rows hold NULL.
        null: usize,
    },
    /// `one` or `optional` found more than one row. If the statement changes rows, it has changed them.
    TooManyRows {
        /// The connection's name.
        connection: Alias,
        /// The model whose row was asked for.
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
    /// `get_or_insert` or `update_or_insert` cannot look for the existing row, or change it, since the insert leaves a
    /// column of the conflict target, or of `excluded`, to its default.
    NotGiven {
        /// The connection's name.
        connection: Alias,
        /// The model and its column, `Customer.email`; or the column's place, counted from 1, where the rows are no
        /// model's: `column 2`.
        column: String,
    },
    /// The transaction conflicted with another one (SQLSTATE 40001 or 40P01) and may succeed if it is run again.
    Serialization {
        /// The connection's name.
        connection: Alias,
        /// The driver's error, with what the server said.
        source: tokio_postgres::Error,
    },
    /// A prepared statement no longer fits the schema, which was changed after the server had prepared it. Outside a
    /// transaction the pool prepares the statement anew and runs it once more; a transaction may succeed if it is run
    /// again.
    StalePlan {
        /// The connection's name.
        connection: Alias,
        /// The driver's error, with what the server said.
        source: tokio_postgres::Error,
    },
    /// The connection broke during a commit, and the server says that nothing which the transaction did is stored. The
    /// transaction may be run again.
    NotCommitted {
        /// The connection's name.
        connection: Alias,
        /// The driver's error.
        source: tokio_postgres::Error,
    },
    /// A write or a commit was sent and its answer was lost: whether it took effect is not known. After a commit the
    /// pool asked the server for the transaction's outcome, and no answer came in time, or another server answered, or a
    /// standby that the server waits for does not have it, or the server crashed and may have given the transaction's number
    /// to another one, or the transaction may be stored on other servers (foreign tables, `dblink`), of which the server
    /// knows nothing. So it is also where a commit, or a write outside of a transaction, fails after servers of foreign
    /// tables may have committed: because of a conflict, since the connection to one of them broke, by a cancel request, or
    /// since one of several refused.
    OutcomeUnknown {
        /// The connection's name.
        connection: Alias,
    },
    /// SQL of the program's own would change the database, on an executor that only reads
    /// ([`Pool::read_only`](crate::Pool::read_only), [`Pool::after`](crate::Pool::after)). It was not sent, whether or
    /// not a replica is there that would refuse it.
    WriteOnReadOnly {
        /// The connection's name.
        connection: Alias,
        /// The command or function that would change the database: `INSERT`, `NEXTVAL`, …
        statement: &'static str,
    },
    /// SQL of the program's own would change the state of a connection that the pool gives to other callers. It was not
    /// sent.
    SessionState {
        /// The connection's name.
        connection: Alias,
        /// The statement that would change the state: `BEGIN`, `SET`, …
        statement: &'static str,
    },
    /// The program asked for something that needs a session of its own, and the pooler gives the session to another
    /// client after each transaction.
    SharedSession {
        /// The connection's name.
        connection: Alias,
    },
    /// A transaction was open after a statement outside of one, and was rolled back: nothing that the statement did is
    /// stored. A proxy before the server begins transactions by itself, as pgpool-II does in its mode `raw`.
    TransactionLeftOpen {
        /// The connection's name.
        connection: Alias,
    },
    /// A stream on this connection is still being read: the answer to another statement would arrive after the stream's
    /// rows.
    StreamOpen {
        /// The connection's name.
        connection: Alias,
    },
    /// A savepoint was begun while another savepoint of the same transaction was open, and that one did not end in
    /// time.
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
    /// The statement could not get a lock that another transaction holds: `lock_timeout` passed, or the statement does
    /// not wait (`NOWAIT`). SQLSTATE 55P03.
    LockNotAvailable {
        /// The connection's name.
        connection: Alias,
        /// The driver's error, with what the server said.
        source: tokio_postgres::Error,
    },
    /// A value is too long or out of range for its column or its type, or a text has a NUL or another character that
    /// the database cannot hold. SQLSTATE 22001, 22003, 22008, 22021 or 22P05.
    ValueOutOfRange {
        /// The connection's name.
        connection: Alias,
        /// The driver's error, with what the server said.
        source: tokio_postgres::Error,
    },
    /// SQL of the program's own, [`Db::sql`](crate::query::RawSql::sql) or a fragment in an expression, does not fit
    /// the database: it is misspelled, or names something that does not exist.
    InvalidSql {
        /// The connection's name.
        connection: Alias,
        /// The driver's error, with what the server said.
        source: tokio_postgres::Error,
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
    /// The server could not be reached, or is not ready to take connections.
    Connect {
        /// The connection's name.
        connection: Alias,
        /// Why the connection could not be opened.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The server was reached and refused the login: a wrong or missing password, missing rights, `pg_hba.conf`, or a
    /// database that does not exist. Trying again does not help. SQLSTATE class 28, 3D000 or 42501.
    Refused {
        /// The connection's name.
        connection: Alias,
        /// Why the connection could not be opened.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The server takes no more connections: it has as many as its settings allow. SQLSTATE 53300.
    TooManyConnections {
        /// The connection's name.
        connection: Alias,
        /// Why the connection could not be opened.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The connection broke while a statement was under way. Whether a write outside a transaction took effect is not
    /// known.
    ConnectionLost {
        /// The connection's name.
        connection: Alias,
        /// Why the server closed the connection, where it said so before.
        reason: Option<String>,
        /// Whether the statement may have changed rows outside a transaction: then it is not known whether it took
        /// effect. Inside a transaction nothing is stored. A read with SQL of the program's own in it, or of a view, may
        /// call a function that writes: it counts as one that may have.
        may_have_taken_effect: bool,
        /// The driver's error.
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
    /// A value that the server sent does not fit its Rust type, or cannot be held by it exactly: see
    /// [`types`](crate::types).
    Decode {
        /// The connection's name.
        connection: Alias,
        /// The model and its column, `Customer.email`; or the column's place, counted from 1, where the rows are no
        /// model's: `column 2`.
        column: String,
        /// Whether the statement has changed rows and returned one of them with this value. Such a statement must not
        /// be run again; inside a transaction its change is stored if the transaction commits. False where it is not
        /// known, as in a stream.
        took_effect: bool,
        /// Why it does not fit.
        source: tokio_postgres::Error,
    },
    /// [`together`](crate::together) committed the step on some of its databases, and not on the others.
    PartlyCommitted(Box<PartlyCommitted>),
    /// SQL of the program's own returned other columns than its row type reads. If the statement changes rows, it has
    /// changed them.
    Columns {
        /// The connection's name.
        connection: Alias,
        /// Which columns are missing, and which ones the row type does not read.
        what: String,
    },
    /// A query asks for something that SQL cannot express, and was not sent; or it names a conflict by columns without a
    /// unique index, and the server refused it before it did anything.
    InvalidQuery {
        /// The connection's name.
        connection: Alias,
        /// Why, and what to write instead.
        why: &'static str,
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
    /// The name of the connection on which the error happened; `None` for wrong settings ([`Error::Config`]).
    pub fn connection(&self) -> Option<&str> {
        match self {
            Self::NotFound { connection, .. }
            | Self::NotReturned { connection, .. }
            | Self::Dangling { connection, .. }
            | Self::TooManyRows { connection, .. }
            | Self::NotGiven { connection, .. }
            | Self::Serialization { connection, .. }
            | Self::Cancelled { connection, .. }
            | Self::PoolTimeout { connection, .. }
            | Self::PoolClosed { connection }
            | Self::Aborted { connection }
            | Self::StalePlan { connection, .. }
            | Self::NotCommitted { connection, .. }
            | Self::OutcomeUnknown { connection }
            | Self::WriteOnReadOnly { connection, .. }
            | Self::SessionState { connection, .. }
            | Self::SharedSession { connection }
            | Self::TransactionLeftOpen { connection }
            | Self::StreamOpen { connection }
            | Self::SavepointOpen { connection, .. }
            | Self::LockNotAvailable { connection, .. }
            | Self::ValueOutOfRange { connection, .. }
            | Self::InvalidSql { connection, .. }
            | Self::Connect { connection, .. }
            | Self::Refused { connection, .. }
            | Self::TooManyConnections { connection, .. }
            | Self::ConnectionLost { connection, .. }
            | Self::SchemaDrift { connection, .. }
            | Self::Decode { connection, .. }
            | Self::Columns { connection, .. }
            | Self::InvalidQuery { connection, .. }
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

    /// The server's five-character error code (SQLSTATE), such as `23505`; `None` if the server reported no error.
    ///
    /// The codes are listed in PostgreSQL's manual (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
    pub fn sqlstate(&self) -> Option<&str> {
        self.db_error().map(|db| db.code().code())
    }

    /// The kind of error in one word, the same for all errors of a variant: for metrics and dashboards.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::NotReturned { .. } => "not_returned",
            Self::Dangling { .. } => "dangling",
            Self::TooManyRows { .. } => "too_many_rows",
            Self::UniqueViolation(_) => "unique_violation",
            Self::ForeignKeyViolation(_) => "foreign_key_violation",
            Self::CheckViolation(_) => "check_violation",
            Self::NotNullViolation(_) => "not_null_violation",
            Self::ExclusionViolation(_) => "exclusion_violation",
            Self::NotGiven { .. } => "not_given",
            Self::Serialization { .. } => "serialization",
            Self::StalePlan { .. } => "stale_plan",
            Self::NotCommitted { .. } => "not_committed",
            Self::OutcomeUnknown { .. } => "outcome_unknown",
            Self::WriteOnReadOnly { .. } => "write_on_read_only",
            Self::SessionState { .. } => "session_state",
            Self::SharedSession { .. } => "shared_session",
            Self::TransactionLeftOpen { .. } => "transaction_left_open",
            Self::StreamOpen { .. } => "stream_open",
            Self::SavepointOpen { .. } => "savepoint_open",
            Self::Aborted { .. } => "aborted",
            Self::LockNotAvailable { .. } => "lock_not_available",
            Self::ValueOutOfRange { .. } => "value_out_of_range",
            Self::InvalidSql { .. } => "invalid_sql",
            Self::Cancelled { .. } => "cancelled",
            Self::PoolTimeout { .. } => "pool_timeout",
            Self::PoolClosed { .. } => "pool_closed",
            Self::Connect { .. } => "connect",
            Self::Refused { .. } => "refused",
            Self::TooManyConnections { .. } => "too_many_connections",
            Self::ConnectionLost { .. } => "connection_lost",
            Self::SchemaDrift { .. } => "schema_drift",
            Self::Drift(_) => "drift",
            Self::Decode { .. } => "decode",
            Self::PartlyCommitted(_) => "partly_committed",
            Self::Columns { .. } => "columns",
            Self::InvalidQuery { .. } => "invalid_query",
            Self::Config(_) => "config",
            Self::Database { .. } => "database",
        }
    }

    /// The error that the server reported, if it did. Its detail, hint and context may quote values.
    pub fn db_error(&self) -> Option<&DbError> {
        self.driver_error()?.as_db_error()
    }

    /// The driver's own error, where there is one. It may quote values.
    pub fn driver_error(&self) -> Option<&tokio_postgres::Error> {
        let origin = self.origin()?;
        match origin.downcast_ref::<SharedError>() {
            Some(shared) => shared.0.driver_error(),
            None => origin.downcast_ref(),
        }
    }

    /// The same error for another caller that waited for the same connection.
    pub(crate) fn shared(error: &Arc<Self>) -> Self {
        let source = Box::new(SharedError(Arc::clone(error)));
        match &**error {
            Self::Refused { connection, .. } => Self::Refused { connection: Arc::clone(connection), source },
            Self::TooManyConnections { connection, .. } => {
                Self::TooManyConnections { connection: Arc::clone(connection), source }
            }
            other => Self::Connect { connection: other.connection().unwrap_or_default().into(), source },
        }
    }

    /// The error that caused this one.
    fn origin(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Serialization { source, .. }
            | Self::NotCommitted { source, .. }
            | Self::Cancelled { source, .. }
            | Self::LockNotAvailable { source, .. }
            | Self::ValueOutOfRange { source, .. }
            | Self::InvalidSql { source, .. }
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
            Self::Connect { source, .. }
            | Self::Refused { source, .. }
            | Self::TooManyConnections { source, .. } => Some(&**source),
            Self::PartlyCommitted(part) => part.error.origin(),
            _ => None,
        }
    }

    /// Marks the loss of a connection as one under a statement that may have changed rows outside a transaction.
    #[must_use]
    pub(crate) fn of_write(mut self) -> Self {
        if let Self::ConnectionLost { may_have_taken_effect, .. } = &mut self {
            *may_have_taken_effect = true;
        }
        self
    }

    /// Whether the same transaction, or the same read, may succeed if it is run again. Nothing that it did is stored, except
    /// for what a procedure (`CALL`) had committed by itself before it failed.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Serialization { .. }
                | Self::StalePlan { .. }
                | Self::NotCommitted { .. }
                | Self::ConnectionLost { may_have_taken_effect: false, .. }
        )
    }
}

/// The cause of an error that several callers receive.
#[derive(Debug)]
struct SharedError(Arc<Error>);

impl StdError for SharedError {}

/// The cause is part of what `Display` says: there is no other source.
impl StdError for Error {}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}
