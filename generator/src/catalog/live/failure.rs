//! Why a server's schema could not be read, in words for the user. No message holds a URL or a password.

use std::{error::Error as StdError, time::Duration};

use ormgen_config::{ConfigError, ServerAddress};
use ormgen_runtime::Error;
use tokio_postgres::error::{DbError, SqlState};

use super::queries::{OLDEST, Version};
use crate::diagnostics::{
    Code, Diagnostic, Diagnostics, LIVE_CHANGED, LIVE_FAILED, LIVE_LOCKED, LIVE_LOGIN, LIVE_PERMISSION,
    LIVE_SETTINGS, LIVE_TLS, LIVE_TOO_OLD, LIVE_UNREACHABLE,
};

/// The failure on one connection.
#[derive(Debug)]
pub(in crate::catalog) enum Failure {
    /// Its settings cannot be used.
    Settings(ConfigError),
    /// The connection could not be opened.
    Connect(Where, Error),
    /// The connection could not be opened in time.
    ConnectTimeout(Where, Duration),
    /// The server is older than can be read.
    TooOld(Version),
    /// A query failed; if it waited for a lock, also which session holds a lock on which table.
    Query(tokio_postgres::Error, Vec<String>),
    /// The schema changed while it was read, at each attempt.
    Changed,
    /// The operating system refused something that reading needs.
    System(String),
}

/// A server as messages name it: hosts, user and database, never a password.
#[derive(Clone, Debug)]
pub(in crate::catalog) struct Where {
    hosts: String,
    user: Option<String>,
    database: Option<String>,
}

impl From<&ServerAddress> for Where {
    fn from(server: &ServerAddress) -> Self {
        let hosts: Vec<String> = server.hosts.iter().map(|(host, port)| format!("{host}:{port}")).collect();
        Self { hosts: hosts.join(", "), user: server.user.clone(), database: server.database.clone() }
    }
}

impl Failure {
    /// The message for the user.
    pub(in crate::catalog) fn diagnostics(&self, alias: &str) -> Diagnostics {
        let (code, message, help) = self.words();
        Diagnostic::error(code, format!("connection `{alias}`: {message}")).help(help).into()
    }

    fn words(&self) -> (Code, String, String) {
        match self {
            Self::Settings(error) => (
                LIVE_SETTINGS,
                without_alias(&error.to_string()),
                "set the variable, or mend the connection's settings".into(),
            ),
            Self::Connect(server, error) => connect(server, error),
            Self::ConnectTimeout(server, waited) => (
                LIVE_UNREACHABLE,
                format!("the server at `{}` did not answer within {waited:?}", server.hosts),
                "check the host, the port, and what lies between; `pool: { acquire_timeout: … }` sets how long is \
                 waited"
                    .into(),
            ),
            Self::TooOld(version) => (
                LIVE_TOO_OLD,
                format!("the server is PostgreSQL {}, and {OLDEST} is the oldest that can be read", version.shown()),
                "write its schema with `pg_dump --schema-only` and name that file in `schema`".into(),
            ),
            Self::Query(error, locked) => query(error, locked),
            Self::Changed => (
                LIVE_CHANGED,
                "the schema changed while it was read".into(),
                "wait until the migration that runs there is done, then run this again".into(),
            ),
            Self::System(what) => (LIVE_FAILED, what.clone(), "run it again, or use a snapshot".into()),
        }
    }
}

impl Version {
    fn shown(self) -> String {
        // Up to 9.6 the second number counted as well: 90603.
        let (major, rest) = (self.major(), self.0 % 10_000);
        if major >= 10 { format!("{major}.{rest}") } else { format!("{major}.{}", rest / 100) }
    }
}

fn connect(server: &Where, error: &Error) -> (Code, String, String) {
    if let Some(db) = error.db_error() {
        return refused(server, db);
    }
    if matches!(error, Error::Config(_)) {
        return (LIVE_SETTINGS, without_alias(&error.to_string()), "mend the connection's settings".into());
    }
    let words = causes(error);
    let innermost = words.last().cloned().unwrap_or_else(|| without_alias(&error.to_string()));
    if words.iter().any(|word| word.contains("TLS") || word.contains("certificate"))
        || words.iter().any(|word| word.ends_with(".pem") || word.contains(".pem:"))
    {
        let help = "check the connection's `tls`: its `mode`, and whether `ca` is the authority of this server's \
                    certificate";
        let message = format!("no encrypted connection to `{}` came about: {innermost}", server.hosts);
        return (LIVE_TLS, message, help.into());
    }
    // The server asked for a password, which gives an error of the driver's and not of the server's.
    if matches!(error, Error::Refused { .. }) {
        let help = "give the URL a password, by a variable: `postgres://user:${PASSWORD}@host/database`";
        return (LIVE_LOGIN, format!("the server at `{}` wants a password", server.hosts), help.into());
    }
    (
        LIVE_UNREACHABLE,
        format!("the server at `{}` cannot be reached: {innermost}", server.hosts),
        "check that it runs, and the host and port of the connection".into(),
    )
}

/// An error's text without the connection's alias, which the diagnostic names itself.
fn without_alias(text: &str) -> String {
    text.split_once("`: ").map_or(text, |(_, rest)| rest).to_owned()
}

/// What made an error, from its own source to the innermost.
fn causes(error: &Error) -> Vec<String> {
    let (Error::Connect { source, .. }
    | Error::Refused { source, .. }
    | Error::TooManyConnections { source, .. }) = error
    else {
        return Vec::new();
    };
    let first: &dyn StdError = &**source;
    std::iter::successors(Some(first), |&cause| cause.source()).map(ToString::to_string).collect()
}

fn refused(server: &Where, db: &DbError) -> (Code, String, String) {
    let user = server.user.as_deref().unwrap_or("the system's user");
    let database = server.database.as_deref().unwrap_or(user);
    let said = db.message();
    let code = db.code();
    if *code == SqlState::INVALID_PASSWORD || *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
        let help = format!("check the user `{user}` and its password, and what `pg_hba.conf` says of them");
        (LIVE_LOGIN, format!("the server at `{}` refused the login: {said}", server.hosts), help)
    } else if *code == SqlState::INVALID_CATALOG_NAME {
        let help = format!("create the database `{database}`, or name another in the connection's URL");
        (LIVE_LOGIN, format!("the server at `{}` refused the login: {said}", server.hosts), help)
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        let help = format!("grant it: `GRANT CONNECT ON DATABASE \"{database}\" TO \"{user}\"`");
        (LIVE_PERMISSION, said.to_owned(), help)
    } else {
        let help = "run it again when the server takes connections".to_owned();
        (LIVE_UNREACHABLE, format!("the server at `{}` takes no connection: {said}", server.hosts), help)
    }
}

fn query(error: &tokio_postgres::Error, locked: &[String]) -> (Code, String, String) {
    let Some(db) = error.as_db_error() else {
        let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        let help = "run it again when the server is up";
        return (
            LIVE_UNREACHABLE,
            format!("the connection was lost while the schema was read: {cause}"),
            help.into(),
        );
    };
    let said = db.message();
    let code = db.code();
    if *code == SqlState::LOCK_NOT_AVAILABLE {
        let what = if locked.is_empty() { String::new() } else { format!(": {}", locked.join(", ")) };
        (
            LIVE_LOCKED,
            format!("the schema cannot be read while another session holds a lock{what}"),
            "wait until the migration that runs there is done, or end that session".into(),
        )
    } else if *code == SqlState::QUERY_CANCELED {
        (
            LIVE_LOCKED,
            format!("reading the schema took too long: {said}"),
            "give the connection a longer `statement_timeout`, or read it when the server is less busy"
                .into(),
        )
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        (
            LIVE_PERMISSION,
            format!("the schema cannot be read: {said}"),
            "let the connection's user read the system catalog (`GRANT SELECT ON pg_catalog.… TO …`), or use \
             another user"
                .into(),
        )
    } else {
        (LIVE_FAILED, format!("the schema cannot be read: {said} (SQLSTATE {})", code.code()), {
            "run it again; if it stays, write the schema with `pg_dump --schema-only` and report this".into()
        })
    }
}

#[cfg(test)]
mod tests {
    use ormgen_config::ConnectionConfig;

    use super::*;

    #[test]
    fn says_what_is_wrong_and_no_secret() {
        let connection = ConnectionConfig::new("crm", "postgres://app:hunter2@db1:5433/crm");
        let server = Where::from(&connection.resolve(|_| None).unwrap().primary);
        let settings =
            ConnectionConfig::new("crm", "postgres://app:hunter2@db1:x/crm").resolve(|_| None).unwrap_err();
        for (failure, expected) in [
            (
                Failure::TooOld(Version(110_022)),
                "connection `crm`: the server is PostgreSQL 11.22, and 12 is the oldest",
            ),
            (Failure::TooOld(Version(90_624)), "connection `crm`: the server is PostgreSQL 9.6, and"),
            (Failure::Changed, "connection `crm`: the schema changed while it was read"),
            (
                Failure::ConnectTimeout(server, Duration::from_secs(3)),
                "connection `crm`: the server at `db1:5433` did not answer within 3s",
            ),
            (Failure::Settings(settings), "connection `crm`: the URL's port is not a number"),
        ] {
            let text = failure.diagnostics("crm").to_string();
            assert!(text.contains(expected), "{text}");
            assert!(!text.contains("hunter2") && !format!("{failure:?}").contains("hunter2"), "{text}");
        }
    }
}
