//! Connections and their settings, as the manifest writes them.
//!
//! The generator reads them to check the manifest, the runtime to connect; both share this one definition. It does no
//! more: nothing here opens a connection. A program finds it as `ormgen_runtime::config`.
//!
//! ```
//! use ormgen_config::{ConnectionConfig, TlsConfig, TlsMode};
//!
//! let crm = ConnectionConfig::new("crm", "postgres://app:${CRM_PASSWORD}@db1.internal/crm")
//!     .max_size(32)
//!     .tls(TlsConfig::new(TlsMode::VerifyFull).ca("certs/ca.pem"));
//! assert_eq!(crm.variables(), ["CRM_PASSWORD"]);
//!
//! let servers = crm.resolve(|_| Some("hunter2".to_owned()))?;
//! assert_eq!(servers.primary.hosts, [("db1.internal".to_owned(), 5432)]);
//! assert!(!format!("{servers:?}").contains("hunter2"));
//! # Ok::<(), ormgen_config::ConfigError>(())
//! ```
//!
//! A password lives in a [`Secret`] or a [`Template`], neither of which shows it.

mod duration;
mod error;
mod libpq;
#[cfg(feature = "manifest")]
mod manifest;
mod password;
mod resolve;
mod template;
mod url;
#[cfg(feature = "manifest")]
#[doc(hidden)] // Shared with the generator, no promise to anyone else.
pub mod yaml;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

pub use duration::parse_duration;
pub use error::{ConfigError, ConfigProblem, TemplateError, UrlError};
#[cfg(feature = "manifest")]
#[doc(hidden)]
pub use manifest::read_connection;
#[cfg(feature = "manifest")]
pub use manifest::read_manifest;
pub use password::password_variable;
pub use resolve::{ResolvedConnection, ServerAddress};
pub use template::{Secret, Template};

/// A named way to reach one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionConfig {
    /// Its name.
    pub alias: String,
    /// Where the server is.
    pub endpoint: Endpoint,
    /// The URLs of its replicas, the servers that follow it.
    pub replicas: Vec<Template>,
    /// Where reads go that are not told where to.
    pub reads: Reads,
    /// A replica that is further behind serves no reads until it has caught up; 10 seconds when not given.
    pub max_lag: Duration,
    /// What stands between the program and the server; found out for each connection when none.
    pub pooler: Option<Pooler>,
    /// The most connections that all pools of the program together open to the server (one host and port); no limit but
    /// each pool's own when none. Where several connections to one server say it, the smallest holds.
    pub max_connections: Option<usize>,
    /// Its pool.
    pub pool: PoolConfig,
    /// The server cancels a statement that takes longer; the server's own setting when none.
    pub statement_timeout: Option<Duration>,
    /// How it is encrypted.
    pub tls: TlsConfig,
}

impl ConnectionConfig {
    /// A connection to a URL such as `postgres://app:${CRM_PASSWORD}@db1/crm`, with the usual settings.
    pub fn new(alias: impl Into<String>, url: impl Into<Template>) -> Self {
        Self::to(alias, Endpoint::Url(url.into()))
    }

    /// A connection to a host, on port 5432 with the operating system's user until told otherwise.
    pub fn from_parts(alias: impl Into<String>, host: impl Into<Template>) -> Self {
        let host = host.into();
        Self::to(alias, Endpoint::Parts { host, port: 5432, user: None, password: None, database: None })
    }

    fn to(alias: impl Into<String>, endpoint: Endpoint) -> Self {
        Self {
            alias: alias.into(),
            endpoint,
            replicas: Vec::new(),
            reads: Reads::default(),
            max_lag: DEFAULT_MAX_LAG,
            pooler: None,
            max_connections: None,
            pool: PoolConfig::default(),
            statement_timeout: None,
            tls: TlsConfig::default(),
        }
    }

    /// The port of a host. Like `user`, `password` and `database` it changes nothing in a connection to a URL, which
    /// names its own.
    #[must_use]
    pub fn port(mut self, number: u16) -> Self {
        if let Endpoint::Parts { port, .. } = &mut self.endpoint {
            *port = number;
        }
        self
    }

    /// The user who connects.
    #[must_use]
    pub fn user(mut self, name: impl Into<Template>) -> Self {
        if let Endpoint::Parts { user, .. } = &mut self.endpoint {
            *user = Some(name.into());
        }
        self
    }

    /// The user's password: a variable such as `${CRM_PASSWORD}`.
    #[must_use]
    pub fn password(mut self, text: impl Into<Template>) -> Self {
        if let Endpoint::Parts { password, .. } = &mut self.endpoint {
            *password = Some(text.into());
        }
        self
    }

    /// The database on the server.
    #[must_use]
    pub fn database(mut self, name: impl Into<Template>) -> Self {
        if let Endpoint::Parts { database, .. } = &mut self.endpoint {
            *database = Some(name.into());
        }
        self
    }

    /// Adds the URL of a replica, a server that follows this one.
    #[must_use]
    pub fn replica(mut self, url: impl Into<Template>) -> Self {
        self.replicas.push(url.into());
        self
    }

    /// Where reads go that are not told where to.
    #[must_use]
    pub fn reads(mut self, reads: Reads) -> Self {
        self.reads = reads;
        self
    }

    /// A replica that is further behind serves no reads until it has caught up.
    #[must_use]
    pub fn max_lag(mut self, lag: Duration) -> Self {
        self.max_lag = lag;
        self
    }

    /// What stands between the program and the server; `None` for it to be found out.
    #[must_use]
    pub fn pooler(mut self, pooler: impl Into<Option<Pooler>>) -> Self {
        self.pooler = pooler.into();
        self
    }

    /// The most connections that all pools of the program together open to the server.
    #[must_use]
    pub fn max_connections(mut self, connections: impl Into<Option<usize>>) -> Self {
        self.max_connections = connections.into();
        self
    }

    /// The greatest number of connections.
    #[must_use]
    pub fn max_size(mut self, connections: usize) -> Self {
        self.pool.max_size = connections;
        self
    }

    /// Connections kept open even when idle.
    #[must_use]
    pub fn min_idle(mut self, connections: usize) -> Self {
        self.pool.min_idle = connections;
        self
    }

    /// How long a caller waits for a connection.
    #[must_use]
    pub fn acquire_timeout(mut self, timeout: Duration) -> Self {
        self.pool.acquire_timeout = timeout;
        self
    }

    /// A connection idle for longer is closed; `None` for never.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.pool.idle_timeout = timeout.into();
        self
    }

    /// A connection older than this is closed when it is next free; `None` for never.
    #[must_use]
    pub fn max_lifetime(mut self, lifetime: impl Into<Option<Duration>>) -> Self {
        self.pool.max_lifetime = lifetime.into();
        self
    }

    /// Whether single-row writes that wait for a connection at the same time share one commit: see
    /// [`PoolConfig::group_commit`].
    #[must_use]
    pub fn group_commit(mut self, together: bool) -> Self {
        self.pool.group_commit = together;
        self
    }

    /// What the pool does with a connection that is given back.
    #[must_use]
    pub fn reset(mut self, reset: Reset) -> Self {
        self.pool.reset = reset;
        self
    }

    /// The server cancels a statement that takes longer; `None` for the server's own setting.
    #[must_use]
    pub fn statement_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.statement_timeout = timeout.into();
        self
    }

    /// How the connection is encrypted.
    #[must_use]
    pub fn tls(mut self, tls: TlsConfig) -> Self {
        self.tls = tls;
        self
    }

    /// The variables that its server and its replicas need or may use, each once.
    pub fn variables(&self) -> Vec<&str> {
        let mut templates: Vec<&Template> = Vec::new();
        match &self.endpoint {
            Endpoint::Url(url) => templates.push(url),
            Endpoint::Parts { host, user, password, database, .. } => {
                templates.push(host);
                templates.extend([user, password, database].into_iter().flatten());
            }
        }
        templates.extend(&self.replicas);
        let mut names = Vec::new();
        for name in templates.into_iter().flat_map(Template::variables) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `postgres://user:password@host:port/database?option=value`.
    Url(Template),
    /// A host, and further parts one by one.
    Parts {
        /// Host name, address, or the folder of a Unix socket.
        host: Template,
        /// 5432 when not given.
        port: u16,
        /// The operating system's user when not given.
        user: Option<Template>,
        /// None where the server asks for no password, or a password file has it.
        password: Option<Template>,
        /// The user's name when not given.
        database: Option<Template>,
    },
}

/// How far a replica may be behind, where the manifest does not say.
pub const DEFAULT_MAX_LAG: Duration = Duration::from_secs(10);

/// Where the reads of a connection with replicas go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reads {
    /// To the primary, unless they are asked for on `read_only()`: a read sees what was written before it.
    #[default]
    Primary,
    /// Reads go to a replica, unless they belong to a write or to a transaction: a read may miss what was just written.
    Replicas,
}

impl Reads {
    /// The names of all values, as the manifest writes them.
    pub const NAMES: &[&str] = &["primary", "replicas"];

    /// The value of this name; none where no value has it.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "primary" => Self::Primary,
            "replicas" => Self::Replicas,
            _ => return None,
        })
    }
}

/// What stands between a program and its server, and to whom a session of the server's belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooler {
    /// No pooler, or none that changes sessions: a connection has one session from its beginning to its end. A connection
    /// whose session the server does not confirm to be its own is refused.
    None,
    /// A pooler that gives each connection a session for as long as it lasts, such as PgBouncer with
    /// `pool_mode = session`.
    Session,
    /// A pooler that gives a session to whoever has a transaction to run, such as PgBouncer with
    /// `pool_mode = transaction`, or Supavisor. Statements have no names there, and nothing outlives a transaction:
    /// `connection()` is refused.
    Transaction,
}

impl Pooler {
    /// The names of all values, as the manifest writes them.
    pub const NAMES: &[&str] = &["none", "session", "transaction"];

    /// The value of this name; none where no value has it.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "none" => Self::None,
            "session" => Self::Session,
            "transaction" => Self::Transaction,
            _ => return None,
        })
    }
}

/// How a pool is tuned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolConfig {
    /// The greatest number of connections; 10 when not given.
    pub max_size: usize,
    /// Connections kept open even when idle; 0 when not given.
    pub min_idle: usize,
    /// How long a caller waits for a connection; 30 seconds when not given.
    pub acquire_timeout: Duration,
    /// A connection idle for longer is closed; 10 minutes when not given.
    pub idle_timeout: Option<Duration>,
    /// A connection older than this is closed when it is next free; 30 minutes when not given.
    pub max_lifetime: Option<Duration>,
    /// Whether single-row inserts, updates and deletes by key that wait for a connection at the same time are sent as
    /// one transaction with one commit; not when not given. If one of them fails, the transaction is rolled back and
    /// each runs by itself, so what a trigger does outside the database may happen twice.
    pub group_commit: bool,
    /// What the pool does with a connection that is given back; [`Reset::Rollback`] when not given.
    pub reset: Reset,
}

/// What a pool does with a connection on which SQL of the program's own may have left something, before another caller
/// gets it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reset {
    /// Rolls back a transaction that is still open, resets settings, and lets go of locks, cursors, channels and
    /// temporary tables. Prepared statements stay.
    #[default]
    Rollback,
    /// Rolls back, and runs `DISCARD ALL` (<https://www.postgresql.org/docs/current/sql-discard.html>), so that nothing
    /// of the session is left; statements are prepared anew afterwards.
    DiscardAll,
}

impl Reset {
    /// The names of all resets, as the manifest writes them.
    pub const NAMES: &[&str] = &["rollback", "discard_all"];

    /// The reset of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "rollback" => Self::Rollback,
            "discard_all" => Self::DiscardAll,
            _ => return None,
        })
    }
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            max_size: 10,
            min_idle: 0,
            acquire_timeout: Duration::from_secs(30),
            idle_timeout: Some(Duration::from_secs(600)),
            max_lifetime: Some(Duration::from_secs(1800)),
            group_commit: false,
            reset: Reset::default(),
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

impl TlsMode {
    /// The names of all modes, as the manifest and a URL's `sslmode` write them.
    pub const NAMES: &[&str] = &["disable", "prefer", "require", "verify-ca", "verify-full"];

    /// The mode of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "disable" => Self::Disable,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return None,
        })
    }
}

/// Encryption of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsConfig {
    /// Whether the connection is encrypted, and how much of the server's certificate is checked. When not given: the
    /// URL's `sslmode`; else everything where `ca` says whom to trust; else [`TlsMode::Prefer`].
    pub mode: Option<TlsMode>,
    /// A PEM file of authorities to trust in place of the system's.
    pub ca: Option<PathBuf>,
    /// A PEM file with this client's certificate.
    pub cert: Option<PathBuf>,
    /// A PEM file with its key.
    pub key: Option<PathBuf>,
}

impl TlsConfig {
    /// Encryption of that mode, with the system's authorities.
    pub fn new(mode: TlsMode) -> Self {
        Self { mode: Some(mode), ..Self::default() }
    }

    /// Trusts the authorities of this PEM file in place of the system's.
    #[must_use]
    pub fn ca(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca = Some(path.into());
        self
    }

    /// Shows the server this certificate, with its key; both are PEM files.
    #[must_use]
    pub fn certificate(mut self, cert: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.cert = Some(cert.into());
        self.key = Some(key.into());
        self
    }

    /// Takes relative paths as relative to `folder`.
    pub fn make_relative_to(&mut self, folder: &Path) {
        for path in [&mut self.ca, &mut self.cert, &mut self.key].into_iter().flatten() {
            *path = folder.join(&path);
        }
    }
}
