//! The texts of errors: `Display` and `Debug`.

use std::{
    error::Error as StdError,
    fmt::{self, Write as _},
};

use tokio_postgres::error::{DbError, SqlState};

use super::{
    Error, SharedError,
    advice::{self, SET_LOCAL, is_of_transactions},
};

/// Writes the words of `Display`: a derived form would show the driver's error, which quotes values.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Drift(differences) = self {
            f.write_str("the databases' schemas are not those that this code was generated from")?;
            return differences.iter().try_for_each(|difference| {
                f.write_str("\n  ")?;
                write!(OneLine(f), "{difference}")
            });
        }
        write!(OneLine(f), "{}", InWords(self))
    }
}

/// A text in one line. What a server says may have line ends and commands to a terminal in it, which a `RAISE` has from a
/// value: it would write lines of its own into a log (`an_error_is_one_line`).
struct OneLine<'f, 'b>(&'f mut fmt::Formatter<'b>);

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.split_inclusive(char::is_control) {
            match part.chars().next_back().filter(|last| last.is_control()) {
                Some(last) => write!(self.0, "{}{}", part.trim_end_matches(last), last.escape_default())?,
                None => self.0.write_str(part)?,
            }
        }
        Ok(())
    }
}

/// The words of an error that is told in one line.
struct InWords<'e>(&'e Error);

impl fmt::Display for InWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.words(f)
    }
}

impl Error {
    fn words(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::PartlyCommitted(part) = self {
            return fmt::Display::fmt(part, f);
        }
        if let Some(connection) = self.connection() {
            write!(f, "connection `{connection}`: ")?;
        }
        self.explain(f)?;
        // The server's reason replaces the driver's text.
        if matches!(self, Self::ConnectionLost { reason: Some(_), .. }) {
            return Ok(());
        }
        if let Some(origin) = self.origin() {
            write!(f, ": {}", Innermost(origin))?;
        }
        match self {
            Self::Decode { column, source, .. } => {
                advice::of_misfit(column, source).map_or(Ok(()), |advice| write!(f, "; {advice}"))
            }
            _ => Ok(()),
        }
    }

    /// Writes what went wrong, without the connection and without the server's message.
    fn explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { model, .. } => write!(f, "no `{model}` was found"),
            Self::NotReturned { model, .. } => write!(
                f,
                "the insert of a `{model}` returned no row: a trigger or a rule left it out, or stored it in another table, \
                 so do not repeat the insert before you have looked; `execute` and `optional` take what is returned"
            ),
            Self::Dangling { model, column, missing, null, .. } => {
                let rows = |count: usize| if count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
                match (*missing, *null) {
                    (missing, 0) => write!(f, "the `{column}` of {} is the ID of no `{model}`", rows(missing)),
                    (0, null) => write!(f, "the `{column}` of {} is NULL, and a `{model}` is required", rows(null)),
                    (missing, null) => {
                        let (missing, null) = (rows(missing), rows(null));
                        write!(f, "the `{column}` of {missing} is the ID of no `{model}`, and that of {null} is NULL")
                    }
                }
            }
            Self::TooManyRows { model, .. } => write!(f, "more than one `{model}` was found"),
            Self::NotGiven { column, .. } => {
                write!(
                    f,
                    "the insert leaves `{column}` to its default, so the existing row cannot be looked for, or changed, \
                     by it: give the column a value with `.set(…)`"
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
            Self::LockNotAvailable { .. } => f.write_str("the statement could not get a lock that another transaction holds"),
            Self::ValueOutOfRange { .. } => f.write_str("a value is too long or out of range, or has a character that the database cannot store"),
            Self::InvalidSql { .. } => f.write_str("the program's own SQL does not fit the database"),
            Self::PoolTimeout { waited, .. } => write!(
                f,
                "no connection was free within {waited:?}: other callers held all of them; one that holds a transaction or \
                 a stream and runs a statement on the pool waits for itself"
            ),
            Self::PoolClosed { .. } => f.write_str("the pool is closed"),
            Self::Aborted { .. } => {
                f.write_str("an earlier statement of the transaction failed, so nothing that the transaction did is stored")
            }
            Self::StalePlan { .. } => f.write_str(
                "the schema was changed under a prepared statement, which did nothing: the transaction can be run again",
            ),
            Self::NotCommitted { .. } => f.write_str(
                "the connection was lost during the commit, and nothing that the transaction did is stored: it can be run again",
            ),
            Self::OutcomeUnknown { .. } => {
                f.write_str("the answer to a write was lost: whether it took effect is not known")
            }
            Self::WriteOnReadOnly { statement, .. } => write!(
                f,
                "`{statement}` changes or locks something, and this executor only reads: run the statement on `&dbs`, on \
                 the pool, or on the pool's `primary()`"
            ),
            Self::SessionState { statement, .. } if is_of_transactions(statement) => write!(
                f,
                "`{statement}` in your own SQL would begin or end a transaction that the pool knows nothing of: \
                 `begin()`, `transaction(…)`, `commit()`, `rollback()` and `savepoint(…)` do that, and `connection()` \
                 takes the statement"
            ),
            Self::SessionState { statement: SET_LOCAL, .. } => f.write_str(
                "what is set for one transaction would end with this statement: set it in `transaction(…)`, before the \
                 statements that it is for",
            ),
            Self::SessionState { statement, .. } => write!(
                f,
                "`{statement}` would change a connection that the pool gives to others: run it on `connection()`"
            ),
            Self::SharedSession { .. } => f.write_str(
                "the pooler gives the session to another client after each transaction: run the statement in a transaction",
            ),
            Self::TransactionLeftOpen { .. } => f.write_str(
                "a proxy before the server began a transaction and did not commit it (pgpool-II does in its mode `raw`), so \
                 nothing that the statement did is stored: change the proxy's mode, or write in transactions only",
            ),
            Self::StreamOpen { .. } => {
                f.write_str("a stream on this connection is still open: read it to its end, or drop it")
            }
            Self::SavepointOpen { waited, .. } => write!(
                f,
                "another savepoint of the transaction was open for {waited:?}: begin one inside it on the savepoint itself"
            ),
            Self::Connect { .. } => f.write_str("the server could not be reached"),
            Self::Refused { .. } => f.write_str("the server refused the connection"),
            Self::TooManyConnections { .. } => f.write_str("the server takes no more connections"),
            Self::ConnectionLost { reason, may_have_taken_effect, .. } => {
                f.write_str("the connection was lost")?;
                if *may_have_taken_effect {
                    f.write_str(", and whether the write took effect is not known")?;
                }
                if let Some(reason) = reason {
                    write!(f, ": {reason}")?;
                }
                Ok(())
            }
            Self::SchemaDrift { .. } => {
                f.write_str("the database's schema is not the one this code was generated from")
            }
            Self::Decode { column, took_effect: false, .. } => {
                write!(f, "the value of {} does not fit its Rust type", ShownColumn(column))
            }
            Self::Decode { column, .. } => write!(
                f,
                "the statement took effect (in a transaction only if that commits), but the value of {} in a row that it returned \
                 does not fit its Rust type",
                ShownColumn(column)
            ),
            Self::Columns { what, .. } => f.write_str(what),
            Self::InvalidQuery { why, .. } => f.write_str(why),
            Self::Drift(_) | Self::PartlyCommitted(_) => Ok(()),
            Self::Config(error) => fmt::Display::fmt(error, f),
            Self::Database { .. } => f.write_str("the statement failed"),
        }
    }
}

/// Shows a column: a model's by its name, any other by its place.
struct ShownColumn<'a>(&'a str);

impl fmt::Display for ShownColumn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.contains('.') { write!(f, "`{}`", self.0) } else { f.write_str(self.0) }
    }
}

/// Shows the last in a chain of sources: the driver says "db error" and leaves the server's message to its source.
struct Innermost<'a>(&'a (dyn StdError + 'static));

impl fmt::Display for Innermost<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(number) = advice::parameter(self.0) {
            write!(f, "the value of `${number}`: ")?;
        }
        let mut error = self.0;
        while let Some(source) = error.source() {
            error = source;
        }
        // DETAIL and HINT may quote values of the row, and are left out; the message seldom quotes one.
        if let Some(shared) = error.downcast_ref::<SharedError>() {
            return match shared.0.origin() {
                Some(origin) => Innermost(origin).fmt(f),
                None => shared.0.fmt(f),
            };
        }
        match error.downcast_ref::<DbError>() {
            Some(db) if quotes_value(db) => write!(f, "SQLSTATE {}", db.code().code()),
            Some(db) => write!(f, "{} (SQLSTATE {})", db.message(), db.code().code()),
            None => write!(f, "{error}"),
        }
    }
}

/// Whether the server's message quotes a value that the server could not read. Messages are in the language of the server:
/// only its codes and quotes tell.
fn quotes_value(db: &DbError) -> bool {
    match *db.code() {
        SqlState::INVALID_TEXT_REPRESENTATION
        | SqlState::INVALID_DATETIME_FORMAT
        | SqlState::DATETIME_FIELD_OVERFLOW
        | SqlState::INTERVAL_FIELD_OVERFLOW => true,
        // `value "99999" is out of range for type smallint`; other messages name the column's type alone.
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE => db.message().contains('"'),
        // `time zone "Mars" not recognized`
        SqlState::INVALID_PARAMETER_VALUE => db.message().contains('"'),
        // `syntax error in tsquery: "fat cat"`: a mistake in the statement itself has its place there.
        SqlState::SYNTAX_ERROR => db.position().is_none() && db.message().contains('"'),
        _ => false,
    }
}

impl fmt::Display for SharedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
