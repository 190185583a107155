//! Connections and their settings, as the manifest writes them.
//!
//! The generator reads the settings to check the manifest, the runtime reads them to connect; both share these
//! definitions. Nothing in this crate opens a connection. A program finds the crate as `ormgen_runtime::config`.
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
//! A password is held in a [`Secret`] or a [`Template`], which never print it.

mod duration;
mod error;
mod libpq;
#[cfg(feature = "manifest")]
mod manifest;
mod parameters;
mod password;
mod resolve;
mod template;
mod tls;
mod url;
#[cfg(feature = "manifest")]
#[doc(hidden)] // Shared with the generator, no promise to anyone else.
pub mod yaml;

use std::time::Duration;

pub use duration::parse_duration;
pub use error::{ConfigError, ConfigProblem, TemplateError, UrlError};
#[cfg(feature = "manifest")]
#[doc(hidden)]
pub use manifest::read_connection;
#[cfg(feature = "manifest")]
pub use manifest::read_manifest;
pub use password::{password_variable, variable_name};
pub use resolve::{ResolvedConnection, ServerAddress};
pub use template::{Secret, Template};
pub use tls::{TlsConfig, TlsMode};

/// A named connection of the manifest: how to reach one server and its replicas, and how to pool the connections to
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionConfig {
    /// The connection's name.
    pub alias: String,
    /// Where the primary server is.
    pub endpoint: Endpoint,
    /// The URLs of the replicas, the servers that follow the primary.
    pub replicas: Vec<Template>,
    /// Which servers a read goes to if the query does not choose one.
    pub reads: Reads,
    /// A replica that is further behind the primary serves no reads until it has caught up; 10 seconds when not
    /// given.
    pub max_lag: Duration,
    /// The pooler between the program and the server; detected for each connection when none.
    pub pooler: Option<Pooler>,
    /// The most connections that all pools of the program together open to the server (one host and port); when none,
    /// only each pool's own limit holds. Where several connections to one server set it, the smallest value holds.
    pub max_connections: Option<usize>,
    /// The settings of the connection pool.
    pub pool: PoolConfig,
    /// The server cancels a statement that takes longer; the server's own setting when none.
    pub statement_timeout: Option<Duration>,
    /// The schemas in which the server looks for names that have none, in this order; the server's own setting when
    /// empty.
    pub search_path: Vec<String>,
    /// The settings for encryption.
    pub tls: TlsConfig,
    /// sqlcommenter's tags, which each statement's text has as a comment: see [`tag`](Self::tag).
    pub tags: Vec<(String, Template)>,
}

impl ConnectionConfig {
    /// A connection to a URL such as `postgres://app:${CRM_PASSWORD}@db1/crm`, with default settings.
    ///
    /// A text is a template: `${CRM_PASSWORD}` is read from the environment. A URL that comes from elsewhere, out of a table, say,
    /// is [`Template::literal(url)`](Template::literal), so that it cannot name the program's variables.
    pub fn new(alias: impl Into<String>, url: impl Into<Template>) -> Self {
        Self::to(alias, Endpoint::Url(url.into()))
    }

    /// A connection to a host, with default settings: port 5432, and the operating system's user.
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
            search_path: Vec::new(),
            tls: TlsConfig::default(),
            tags: Vec::new(),
        }
    }

    /// The server's port. Like `user`, `password` and `database`, it has no effect on a connection to a URL, which
    /// has these parts itself.
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

    /// Which servers a read goes to if the query does not choose one.
    #[must_use]
    pub fn reads(mut self, reads: Reads) -> Self {
        self.reads = reads;
        self
    }

    /// A replica that is further behind the primary serves no reads until it has caught up.
    #[must_use]
    pub fn max_lag(mut self, lag: Duration) -> Self {
        self.max_lag = lag;
        self
    }

    /// The pooler between the program and the server; `None` to detect it.
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

    /// The schemas in which the server looks for names that have none, in this order: with `unqualified: true` in the
    /// manifest they say whose tables the models of an app mean, those of one tenant, say. Each name is taken as it is, and
    /// quoted; `$user` is the connected user's own schema.
    ///
    /// A pooler that shares sessions would forget it: a connection through one is refused.
    ///
    /// ```
    /// use ormgen_config::ConnectionConfig;
    /// let north = ConnectionConfig::new("north", "postgres://app@db1/gyms").search_path(["north", "public"]);
    /// assert_eq!(north.search_path, ["north", "public"]);
    /// ```
    #[must_use]
    pub fn search_path<S: Into<String>>(mut self, schemas: impl IntoIterator<Item = S>) -> Self {
        self.search_path = schemas.into_iter().map(Into::into).collect();
        self
    }

    /// How the connection is encrypted.
    #[must_use]
    pub fn tls(mut self, tls: TlsConfig) -> Self {
        self.tls = tls;
        self
    }

    /// Adds a tag to the statements of this connection: the server's views and log show who sent them.
    ///
    /// A connection with a tag sends each statement with a comment behind its text, as sqlcommenter defines it
    /// (<https://google.github.io/sqlcommenter/spec/>): this tag, the others of the connection, `db_driver`, `framework`
    /// (ormgen's version), and the statement's model (`controller`) and verb (`action`), unless a tag has that name. It has
    /// no value of the statement; SQL with a comment of its own gets none. A tag may name variables (`${RELEASE}`).
    ///
    /// ```
    /// use ormgen_config::ConnectionConfig;
    /// let crm = ConnectionConfig::new("crm", "postgres://app@db1/crm").tag("release", "shop ${RELEASE}");
    /// let tags = crm.resolve_tags(|name| (name == "RELEASE").then(|| "1.4".to_owned())).unwrap();
    /// assert_eq!(tags, [("release".to_owned(), "shop 1.4".to_owned())]);
    /// ```
    #[must_use]
    pub fn tag(mut self, name: impl Into<String>, value: impl Into<Template>) -> Self {
        self.tags.push((name.into(), value.into()));
        self
    }

    /// The environment variables that the URLs or parts of the server and its replicas name, each once.
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

/// How to reach a server: by a URL, or by a host and further parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A URL, `postgres://user:password@host:port/database?option=value`.
    Url(Template),
    /// A host, with port, user, password and database one by one.
    Parts {
        /// Host name, address, or the folder of a Unix socket.
        host: Template,
        /// 5432 when not given.
        port: u16,
        /// The operating system's user when not given.
        user: Option<Template>,
        /// None where the server asks for no password, or a password file has it.
        password: Option<Template>,
        /// Named like the user when not given.
        database: Option<Template>,
    },
}

/// How far a replica may be behind the primary if the manifest does not say.
pub const DEFAULT_MAX_LAG: Duration = Duration::from_secs(10);

/// Where the reads of a connection with replicas go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reads {
    /// To the primary, except for reads on `read_only()`: a read sees what was written before it.
    #[default]
    Primary,
    /// To a replica, except for reads that belong to a write or to a transaction: a read may miss the latest writes.
    Replicas,
}

impl Reads {
    /// The name of each value, as the manifest writes it.
    pub const NAMES: &[&str] = &["primary", "replicas"];

    /// The value with this name; none if there is no such value.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "primary" => Self::Primary,
            "replicas" => Self::Replicas,
            _ => return None,
        })
    }
}

/// The pooler between a program and its server, and how long a client keeps a server session with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooler {
    /// No pooler, or one that does not change sessions: a connection has one session from its beginning to its end. A
    /// connection whose session the server does not confirm to be its own is refused.
    None,
    /// A pooler that gives each client connection one session for as long as the connection lasts, such as PgBouncer
    /// with `pool_mode = session`.
    Session,
    /// A pooler that gives a client a session for one transaction at a time, such as PgBouncer with
    /// `pool_mode = transaction`, or Supavisor. The pool then uses unnamed statements and no session state outside a
    /// transaction; `connection()` is refused.
    Transaction,
}

impl Pooler {
    /// The name of each value, as the manifest writes it.
    pub const NAMES: &[&str] = &["none", "session", "transaction"];

    /// The value with this name; none if there is no such value.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "none" => Self::None,
            "session" => Self::Session,
            "transaction" => Self::Transaction,
            _ => return None,
        })
    }
}

/// The settings of a connection pool.
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
    /// one transaction with one commit; false when not given. If one of them fails, the transaction is rolled back
    /// and each runs by itself, so what a trigger does outside the database may happen twice.
    pub group_commit: bool,
    /// What the pool does with a connection that is given back; [`Reset::Rollback`] when not given.
    pub reset: Reset,
}

/// How a pool resets a connection on which the program ran SQL text of its own, before another caller gets the
/// connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reset {
    /// Rolls back a transaction that is still open, resets settings, releases locks, closes cursors, stops listening
    /// on channels and drops temporary tables. Prepared statements stay.
    #[default]
    Rollback,
    /// Rolls back, and runs `DISCARD ALL` (<https://www.postgresql.org/docs/current/sql-discard.html>), which
    /// discards the whole session state; statements are prepared anew afterwards.
    DiscardAll,
}

impl Reset {
    /// The name of each reset, as the manifest writes it.
    pub const NAMES: &[&str] = &["rollback", "discard_all"];

    /// The reset with this name; none if there is no such reset.
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
