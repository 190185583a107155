//! Connections and their settings, as the manifest writes them.
//!
//! The generator reads them to check the manifest, the runtime to connect; both share this one definition.
//! A password lives in a [`Secret`] or a [`Template`], neither of which shows it.

use std::{fmt, path::PathBuf, time::Duration};

/// A text with `${VAR}`, `${VAR:-default}` and `$$` in it, resolved when it is used.
#[derive(Clone, PartialEq, Eq)]
pub struct Template(String);

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Template(…)")
    }
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A named way to reach one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionConfig {
    /// Its name.
    pub alias: String,
    /// Where the server is.
    pub target: Target,
    /// URLs of servers that follow it.
    pub replicas: Vec<Template>,
    /// Its pool.
    pub pool: PoolConfig,
    /// A statement that takes longer is cancelled by the server.
    pub statement_timeout: Option<Duration>,
    /// Its encryption.
    pub tls: TlsConfig,
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `postgres://user:password@host:port/database?option=value`.
    Url(Template),
    /// The parts one by one.
    Parts {
        /// Host name, address, or the folder of a Unix socket.
        host: Template,
        /// 5432 when not given.
        port: u16,
        /// The operating system's user when not given.
        user: Option<Template>,
        /// None for trust, peer or a password file.
        password: Option<Template>,
        /// The user's name when not given.
        database: Option<Template>,
    },
}

/// How a pool is tuned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolConfig {
    /// Connections at most; 10 when not given.
    pub max_size: usize,
    /// Connections kept open even when idle; 0 when not given.
    pub min_idle: usize,
    /// How long a caller waits for a connection; 30 seconds when not given.
    pub acquire_timeout: Duration,
    /// A connection idle for longer is closed; 10 minutes when not given.
    pub idle_timeout: Option<Duration>,
    /// A connection older than this is closed when it is next free; 30 minutes when not given.
    pub max_lifetime: Option<Duration>,
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            max_size: 10,
            min_idle: 0,
            acquire_timeout: Duration::from_secs(30),
            idle_timeout: Some(Duration::from_secs(600)),
            max_lifetime: Some(Duration::from_secs(1800)),
        }
    }
}

/// How a connection is encrypted. The modes are libpq's
/// (<https://www.postgresql.org/docs/current/libpq-ssl.html>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// Never.
    Disable,
    /// If the server offers it; its certificate is not checked.
    #[default]
    Prefer,
    /// Always; its certificate is not checked.
    Require,
    /// Always, with a certificate from a trusted authority.
    VerifyCa,
    /// Always, with a certificate from a trusted authority for this very host.
    VerifyFull,
}

/// Encryption of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsConfig {
    /// Whether, and how much is checked.
    pub mode: TlsMode,
    /// A PEM file of authorities to trust in place of the system's.
    pub ca: Option<PathBuf>,
    /// A PEM file with this client's certificate.
    pub cert: Option<PathBuf>,
    /// A PEM file with its key.
    pub key: Option<PathBuf>,
}
