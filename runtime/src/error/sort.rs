//! Which kind of error a driver's error is.

use std::{error::Error as StdError, sync::Arc};

use tokio_postgres::error::{DbError, Severity, SqlState};

use super::{Alias, Error, Violation};

impl Error {
    /// The kind of error that a driver's error is.
    pub(crate) fn from_driver(connection: &Alias, source: tokio_postgres::Error) -> Self {
        let connection = Arc::clone(connection);
        if source.is_closed() || lost(&source) {
            return Self::ConnectionLost { connection, reason: None, may_have_taken_effect: false, source };
        }
        let Some(db) = source.as_db_error() else {
            return Self::Database { connection, source };
        };
        // The server closes the connection behind it: an administrator stopped it, it crashed, a limit was reached.
        if matches!(db.parsed_severity(), Some(Severity::Fatal | Severity::Panic)) {
            return Self::ConnectionLost { connection, reason: None, may_have_taken_effect: false, source };
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
            SqlState::LOCK_NOT_AVAILABLE => Self::LockNotAvailable { connection, source },
            SqlState::STRING_DATA_RIGHT_TRUNCATION
            | SqlState::NUMERIC_VALUE_OUT_OF_RANGE
            | SqlState::DATETIME_FIELD_OVERFLOW => Self::ValueOutOfRange { connection, source },
            SqlState::TOO_MANY_CONNECTIONS => {
                Self::TooManyConnections { connection, source: Box::new(source) }
            }
            SqlState::UNDEFINED_TABLE
            | SqlState::UNDEFINED_COLUMN
            | SqlState::UNDEFINED_OBJECT
            | SqlState::UNDEFINED_FUNCTION => Self::SchemaDrift { connection, source },
            _ => Self::Database { connection, source },
        }
    }

    /// The kind of error that one is which was met while a connection was being opened.
    pub(crate) fn not_connected(connection: &Alias, source: Box<dyn StdError + Send + Sync>) -> Self {
        let connection = Arc::clone(connection);
        let driver = source.downcast_ref::<tokio_postgres::Error>();
        match driver.and_then(strange) {
            Some(Strange::NoPassword) => {
                let source = "the server asks for a password, and none is given: neither by the URL nor by `PGPASSWORD` or \
                              a password file";
                return Self::Refused { connection, source: source.into() };
            }
            Some(Strange::NoServer) => {
                let source = format!("what answers there is not a PostgreSQL server: {source}");
                return Self::Connect { connection, source: source.into() };
            }
            None => {}
        }
        match driver.and_then(tokio_postgres::Error::code) {
            Some(&SqlState::TOO_MANY_CONNECTIONS) => Self::TooManyConnections { connection, source },
            Some(code) if refuses(code) => Self::Refused { connection, source },
            _ => Self::Connect { connection, source },
        }
    }

    /// The same for a statement that has SQL of the program's own in it: then that is at fault, not the schema.
    #[must_use]
    pub(crate) fn of_own_sql(self, is_own: bool) -> Self {
        match self {
            Self::SchemaDrift { connection, source } if is_own => Self::InvalidSql { connection, source },
            Self::Database { connection, source } if is_own && source.code().is_some_and(is_misspelled) => {
                Self::InvalidSql { connection, source }
            }
            other => other,
        }
    }
}

/// What a driver's error of these sorts tells by its text alone.
enum Strange {
    /// The server asked for a password.
    NoPassword,
    /// What came is not of PostgreSQL's protocol.
    NoServer,
}

fn strange(error: &tokio_postgres::Error) -> Option<Strange> {
    let text = error.to_string();
    let is_one_of = |beginnings: &[&str]| beginnings.iter().any(|beginning| text.starts_with(beginning));
    if error.as_db_error().is_none() && is_one_of(&["invalid configuration"]) {
        let is_missing = error.source().is_some_and(|source| source.to_string().contains("password missing"));
        return (is_missing || text.contains("password missing")).then_some(Strange::NoPassword);
    }
    // The last is what a stream says that ends in the middle of what its beginning announced.
    let is_cut_off = error.source().is_some_and(|source| source.to_string() == "bytes remaining on stream");
    (is_cut_off || is_one_of(&["error parsing response from server", "unexpected message from server"]))
        .then_some(Strange::NoServer)
}

/// Whether the server does not let the role in, whenever it tries.
fn refuses(code: &SqlState) -> bool {
    code.code().starts_with("28")
        || [SqlState::INVALID_CATALOG_NAME, SqlState::INSUFFICIENT_PRIVILEGE].contains(code)
}

/// Whether the text of a statement is at fault: class 42, but for what a role may not do.
fn is_misspelled(code: &SqlState) -> bool {
    code.code().starts_with("42") && *code != SqlState::INSUFFICIENT_PRIVILEGE
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
