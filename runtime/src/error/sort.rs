//! The mapping from the driver's errors to the variants of `Error`.

use std::{error::Error as StdError, sync::Arc};

use tokio_postgres::error::{DbError, Severity, SqlState};

use super::{Alias, Error, Violation};

const NO_UNIQUE_INDEX: &str = "`on_conflict(…)` names columns that are not those of a unique index: name all columns of \
     one, and no others. One over expressions is `on_index(\"lower(email)\")`; a partial one also needs `index_where(…)`";

impl Error {
    /// Turns a driver's error into the variant that its SQLSTATE or its cause stands for.
    pub(crate) fn from_driver(connection: &Alias, source: tokio_postgres::Error) -> Self {
        let connection = Arc::clone(connection);
        if source.is_closed() || lost(&source) {
            return Self::ConnectionLost { connection, reason: None, may_have_taken_effect: false, source };
        }
        let Some(db) = source.as_db_error() else {
            return Self::Database { connection, source };
        };
        if ends_connection(db) {
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
            | SqlState::DATETIME_FIELD_OVERFLOW
            // A text with a NUL, or a character that the database's encoding lacks.
            | SqlState::CHARACTER_NOT_IN_REPERTOIRE
            | SqlState::UNTRANSLATABLE_CHARACTER => Self::ValueOutOfRange { connection, source },
            SqlState::TOO_MANY_CONNECTIONS => {
                Self::TooManyConnections { connection, source: Box::new(source) }
            }
            // With a context, it is a function's own statement, a trigger's, say, or one of another server, that names what is
            // not there.
            SqlState::UNDEFINED_TABLE
            | SqlState::UNDEFINED_COLUMN
            | SqlState::UNDEFINED_OBJECT
            | SqlState::UNDEFINED_FUNCTION
                if db.where_().is_none_or(str::is_empty) =>
            {
                Self::SchemaDrift { connection, source }
            }
            // Raised where the server looks for the index of an `ON CONFLICT` (src/backend/optimizer/util/plancat.c).
            SqlState::INVALID_COLUMN_REFERENCE if db.routine() == Some("infer_arbiter_indexes") => {
                Self::InvalidQuery { connection, why: NO_UNIQUE_INDEX }
            }
            _ => Self::Database { connection, source },
        }
    }

    /// Turns an error that came up while a connection was being opened into its variant.
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

    /// The same error for a statement with SQL of the program's own in it (`is_own`): that SQL is at fault, not the
    /// schema.
    #[must_use]
    pub(crate) fn of_own_sql(self, is_own: bool) -> Self {
        match self {
            Self::SchemaDrift { connection, source } if is_own => Self::InvalidSql { connection, source },
            // Without a code, the driver found that the values are not those that the text has places for.
            Self::Database { connection, source } if is_own && source.code().is_none_or(is_misspelled) => {
                Self::InvalidSql { connection, source }
            }
            other => other,
        }
    }
}

/// Errors that the driver tells apart by their text alone.
enum Strange {
    /// The server asked for a password.
    NoPassword,
    /// The answer is not in PostgreSQL's protocol.
    NoServer,
}

fn strange(error: &tokio_postgres::Error) -> Option<Strange> {
    let text = error.to_string();
    let is_one_of = |beginnings: &[&str]| beginnings.iter().any(|beginning| text.starts_with(beginning));
    if error.as_db_error().is_none() && is_one_of(&["invalid configuration"]) {
        let is_missing = error.source().is_some_and(|source| source.to_string().contains("password missing"));
        return (is_missing || text.contains("password missing")).then_some(Strange::NoPassword);
    }
    // The driver says `bytes remaining on stream` where the stream ends in the middle of an announced message.
    let is_cut_off = error.source().is_some_and(|source| source.to_string() == "bytes remaining on stream");
    (is_cut_off || is_one_of(&["error parsing response from server", "unexpected message from server"]))
        .then_some(Strange::NoServer)
}

/// Whether the connection is closed after this error: an administrator ended the session, the server crashed, a limit was
/// reached. Whatever was under way may have been done. PgBouncer's own errors lack the field that tells the severity in
/// English, and have it in English anyway (`a_write_that_the_pooler_gives_up_may_be_stored`).
fn ends_connection(db: &DbError) -> bool {
    match db.parsed_severity() {
        Some(severity) => matches!(severity, Severity::Fatal | Severity::Panic),
        None => matches!(db.severity(), "FATAL" | "PANIC"),
    }
}

/// Whether the server refuses the role's login at every attempt.
fn refuses(code: &SqlState) -> bool {
    code.code().starts_with("28")
        || [SqlState::INVALID_CATALOG_NAME, SqlState::INSUFFICIENT_PRIVILEGE].contains(code)
}

/// Whether a transaction conflicted with another one.
pub(crate) fn is_conflict(error: &DbError) -> bool {
    [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(error.code())
}

/// Whether the text of a statement is at fault: SQLSTATE class 42, except for a missing privilege.
fn is_misspelled(code: &SqlState) -> bool {
    code.code().starts_with("42") && *code != SqlState::INSUFFICIENT_PRIVILEGE
}

/// Whether the socket, not the server, is what failed. A value that cannot be sent or read may give such an error, too: only
/// the driver's words tell (`a_value_that_cannot_be_sent_loses_no_connection`).
fn lost(error: &tokio_postgres::Error) -> bool {
    const OF_VALUES: [&str; 3] =
        ["error serializing parameter", "error encoding message to server", "error deserializing column"];
    let is_of_socket = || {
        let text = error.to_string();
        !OF_VALUES.iter().any(|beginning| text.starts_with(beginning))
    };
    error.source().is_some_and(|source| source.is::<std::io::Error>()) && is_of_socket()
}

/// Whether the server refused a prepared statement, before it did anything, as one that no longer fits the schema.
///
/// PostgreSQL reports a prepared statement whose result columns changed as "feature not supported", raised by
/// `RevalidateCachedQuery` (src/backend/utils/cache/plancache.c); a statement that somebody deallocated as an invalid
/// name; and a statement with a value of a dropped type as an internal error, raised where the type is looked up
/// (src/backend/utils/cache/lsyscache.c) while its values are read. If such an error is raised within a function, which
/// may have had effects, its context names the function.
fn is_stale(db: &DbError) -> bool {
    let refused = match db.code() {
        code if *code == SqlState::FEATURE_NOT_SUPPORTED => db.routine() == Some("RevalidateCachedQuery"),
        code if *code == SqlState::INVALID_SQL_STATEMENT_NAME => true,
        // A pooler's session has a statement of an earlier program that the pooler did not reset. The next name differs.
        code if *code == SqlState::DUPLICATE_PSTATEMENT => db.message().contains("ormgen_"),
        code if *code == SqlState::INTERNAL_ERROR => {
            db.message().starts_with("cache lookup failed for type ")
        }
        _ => false,
    };
    // The context of an error raised while a statement's values are read names the place of the value.
    refused
        && db
            .where_()
            .is_none_or(|place| place.starts_with("unnamed portal parameter $") && !place.contains('\n'))
}
