//! Opens connections to one server, and counts the open ones.

use std::{
    error::Error as _,
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    pin::pin,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::{Either, select};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    runtime::Handle,
    sync::watch,
    task::AbortHandle,
};
#[cfg(feature = "tls")]
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{
    Client, Config,
    config::{LoadBalanceHosts, TargetSessionAttrs},
    error::SqlState,
    tls::TlsConnect,
};

use super::{
    greeting::{self, Greeting},
    host::Host,
    neighbours::Seat,
    silence,
    socket::Socket,
    status::LastError,
    unreached,
    wire::{SessionFacts, Wire},
};
#[cfg(feature = "tls")]
use super::{tls, wire::Encrypted};
use crate::{
    config::{Pooler, ServerAddress},
    error::{Alias, Error, Result},
    observe,
};

/// The address that a connection leads to: a cancel request must be sent to the same address.
#[derive(Clone, Debug)]
pub(super) enum PeerAddress {
    /// An address, and the name of its host, which the server's certificate is checked against.
    Tcp { address: SocketAddr, host: String },
    #[cfg_attr(not(unix), expect(dead_code, reason = "sockets in the file system are Unix's"))]
    Unix(PathBuf),
}

/// The task that drives a connection's messages, and the runtime that it runs on.
pub(super) struct Driver {
    pub task: AbortHandle,
    pub runtime: Handle,
    /// Why the connection ended; empty while it is open.
    pub farewell: Arc<OnceLock<Farewell>>,
}

/// Why a connection ended, in the words of the server or the operating system.
#[derive(Debug)]
pub(super) struct Farewell {
    text: String,
    code: Option<SqlState>,
}

impl fmt::Display for Farewell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{} (SQLSTATE {})", self.text, code.code()),
            None => f.write_str(&self.text),
        }
    }
}

impl Farewell {
    fn of_silence(bound: Duration) -> Self {
        Self {
            text: format!("the server gave no answer for {bound:?}, and takes no new connection"),
            code: None,
        }
    }

    /// None if neither the server nor the operating system gave a reason.
    fn of(error: &tokio_postgres::Error) -> Option<Self> {
        let text = |text: String, code| Some(Self { text, code });
        match (error.as_db_error(), error.source()) {
            (Some(db), _) => text(db.message().to_owned(), Some(db.code().clone())),
            (None, Some(source)) => text(source.to_string(), None),
            (None, None) => None,
        }
    }
}

/// What is known of a connection after its first queries.
struct Greeted {
    is_own: bool,
    settings: Option<String>,
    round_trip: Duration,
}

/// A connection that has been opened, and what is known of it.
pub(super) struct Opened {
    pub client: Client,
    pub place: PeerAddress,
    pub driver: Driver,
    pub round_trip: Duration,
    /// The database's name.
    pub database: Arc<str>,
    /// Whether the session belongs to this connection alone until the connection ends.
    pub is_own: bool,
    pub facts: Arc<SessionFacts>,
    /// The SQL that sets up the session, and is run again after a reset.
    pub settings: Option<String>,
}

/// Whether a server takes writes, or is a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Primary,
    Replica,
}

/// Opens connections to one server.
pub(super) struct Connector {
    hosts: Vec<Host>,
    #[cfg(feature = "tls")]
    tls: tls::TlsConnector,
    alias: Alias,
    pooler: Option<Pooler>,
    told_of_pooler: AtomicBool,
    statement_timeout: Option<Duration>,
    search_path: Vec<String>,
    /// The number of open connections; the task of each connection counts itself.
    open: watch::Sender<usize>,
    last_error: Arc<Mutex<Option<LastError>>>,
}

/// How long a connection may be silent before the kernel checks whether the other side still exists. A firewall that
/// forgets a connection drops its packets silently, so that nothing else would notice
/// (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-KEEPALIVES-IDLE>).
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_RETRIES: u32 = 3;

/// How long the other side's kernel may take to acknowledge what was sent to it, and how long a server may be silent
/// before it counts as lost if it takes no new connection either ([`silence`]). Not shorter, as the other side's
/// kernel acknowledges no data for which it has no room while its server waits for a lock in the middle of a `COPY`.
const USER_TIMEOUT: Duration = Duration::from_secs(30);

/// How long one of several addresses has to answer before the next one is tried, unless `connect_timeout` is set.
const NEXT_HOST: Duration = Duration::from_secs(2);

/// The driver's default, which is taken for "not set".
const DRIVER_KEEPALIVE_IDLE: Duration = Duration::from_secs(2 * 60 * 60);

impl Connector {
    pub fn new(server: &ServerAddress, role: Role, pooler: Option<Pooler>, alias: Alias) -> Result<Self> {
        let hosts = server.hosts.iter().enumerate().map(|(at, (name, port))| {
            let mut single = server.clone();
            single.hosts = vec![(name.clone(), *port)];
            let mut config = single.to_pg_config()?;
            notice_silence(&mut config);
            let is_one_of_several = server.hosts.len() > 1;
            if is_one_of_several && role == Role::Primary && !server.has_parameter("target_session_attrs") {
                config.target_session_attrs(TargetSessionAttrs::ReadWrite);
            }
            let patience = config.get_connect_timeout().copied().unwrap_or(NEXT_HOST);
            let address = config.get_hostaddrs().get(at).copied();
            Ok(Host { name: name.clone(), port: *port, address, config, settings: single, patience })
        });
        Ok(Self {
            hosts: hosts.collect::<Result<_>>()?,
            #[cfg(feature = "tls")]
            tls: tls::TlsConnector::new(&server.tls, &alias)?,
            alias,
            pooler,
            told_of_pooler: AtomicBool::new(false),
            statement_timeout: server.statement_timeout,
            search_path: server.search_path.clone(),
            open: watch::Sender::new(0),
            last_error: Arc::default(),
        })
    }

    /// The server's first host, with its port.
    pub fn host(&self) -> String {
        self.hosts.first().map_or_else(String::new, |host| format!("{}:{}", host.name, host.port))
    }

    /// The server's first host, in the form that tracing spans take.
    pub fn place(&self) -> observe::ServedBy<'_> {
        let Some(host) = self.hosts.first() else { return observe::ServedBy::default() };
        let database = host.config.get_dbname().or(host.config.get_user()).unwrap_or_default();
        observe::ServedBy { address: &host.name, port: Some(host.port), database }
    }

    /// Notes that a connection could not be opened, or broke.
    pub fn went_wrong(&self, error: &Error) {
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(LastError::new(error));
    }

    /// The last error of a connection to this server.
    pub fn last_error(&self) -> Option<LastError> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until no connection is open.
    pub async fn all_gone(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }

    /// How many connections are open.
    pub fn count_open(&self) -> usize {
        *self.open.borrow()
    }

    /// Opens a connection to the first host that accepts one. Where there is but one place to try, it has `within` to answer,
    /// if that is longer than what each of several has.
    pub async fn open(&self, seat: Seat, within: Duration) -> Result<Opened> {
        // One seat for all hosts that are tried.
        let seat = Arc::new(seat);
        let mut failed = None;
        for host in self.in_turn() {
            match self.open_to(host, &seat, within).await {
                Ok(session) => return Ok(session),
                Err(error) => failed = Some(unreached::named(&host.name, host.port, error)),
            }
        }
        Err(failed.unwrap_or_else(|| self.unreachable("the connection has no host".into())))
    }

    /// The hosts in the order in which they are tried: as written, or from a random one on with
    /// `load_balance_hosts=random`.
    fn in_turn(&self) -> impl Iterator<Item = &Host> {
        let shuffled = self
            .hosts
            .first()
            .is_some_and(|host| host.config.get_load_balance_hosts() == LoadBalanceHosts::Random);
        let first = if shuffled { any_number() % self.hosts.len() } else { 0 };
        let (before, after) = self.hosts.split_at(first);
        after.iter().chain(before)
    }

    async fn open_to(&self, host: &Host, seat: &Arc<Seat>, within: Duration) -> Result<Opened> {
        let mut failed = None;
        let is_one_of_several = self.hosts.len() > 1;
        let limit = if is_one_of_several { host.patience } else { within.max(host.patience) };
        let places = self.in_time(host, limit, self.places(host)).await?;
        // Another host, or another address of this one, may answer at once.
        let limit = if places.len() > 1 { host.patience } else { limit };
        for (place, config) in places {
            match self.in_time(host, limit, self.open_at(place, &config, seat)).await {
                Ok(session) => return Ok(session),
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or_else(|| self.unreachable(format!("`{}` has no address", host.name).into())))
    }

    /// Gives up what waits for an answer of this host for longer than `limit`.
    async fn in_time<T>(
        &self,
        host: &Host,
        limit: Duration,
        answer: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        match tokio::time::timeout(limit, answer).await {
            Ok(answer) => answer,
            Err(_) => {
                Err(self.unreachable(format!("`{}` gave no answer within {limit:?}", host.name).into()))
            }
        }
    }

    /// The host's addresses. Each is tried by itself, so that the address of the connection is known.
    async fn places(&self, host: &Host) -> Result<Vec<(PeerAddress, Config)>> {
        let config = host.config_now();
        if host.name.starts_with('/') {
            let socket = PathBuf::from(&host.name).join(format!(".s.PGSQL.{}", host.port));
            return Ok(vec![(PeerAddress::Unix(socket), config)]);
        }
        if let Some(address) = host.address {
            let place = PeerAddress::Tcp { address: (address, host.port).into(), host: host.name.clone() };
            return Ok(vec![(place, config)]);
        }
        let found = tokio::net::lookup_host((host.name.as_str(), host.port)).await;
        let found = found.map_err(|error| self.unreachable(Box::new(error)))?;
        let place = |address| PeerAddress::Tcp { address, host: host.name.clone() };
        Ok(found.map(|address| (place(address), at_address(&config, address.ip()))).collect())
    }

    async fn open_at(&self, place: PeerAddress, config: &Config, seat: &Arc<Seat>) -> Result<Opened> {
        let link = Arc::<SessionFacts>::default();
        let (client, driver) = self.connect(&place, config, &link).await?;
        let mut driver = Box::pin(driver);
        let greeted = {
            let greeting = pin!(self.greet(&client, &link, config));
            match select(greeting, &mut driver).await {
                Either::Left((greeted, _)) => greeted?,
                Either::Right(_) => return Err(self.unreachable("the connection was closed".into())),
            }
        };
        // The connection counts from now on: a connection that was refused is closed before its caller gets the
        // error.
        seat.take();
        let bound = config.get_tcp_user_timeout().copied().unwrap_or(USER_TIMEOUT);
        let silence = silence::noticed(Arc::clone(&link), place.clone(), bound);
        let driver = self.drive(driver, silence, bound, Arc::clone(seat));
        let Greeted { is_own, settings, round_trip } = greeted;
        let database = config.get_dbname().or(config.get_user()).unwrap_or_default().into();
        Ok(Opened { client, place, driver, facts: link, round_trip, database, is_own, settings })
    }

    /// Finds out about the server and the session, and sets up the session.
    async fn greet(&self, client: &Client, link: &SessionFacts, config: &Config) -> Result<Greeted> {
        let greeting = greeting::of(client, link, self.pooler).await;
        let greeting = greeting.map_err(|error| self.unreachable(error))?;
        greeting.accepts(config, &self.search_path).map_err(|error| self.unreachable(error))?;
        if let Some(timeout) = self.statement_timeout {
            link.set_timeout(timeout);
        }
        self.tell_of_pooler(&greeting);
        let is_own = greeting.is_own;
        let settings = greeting.settings(self.statement_timeout, &self.search_path);
        let round_trip = self.round_trip(client, settings.as_deref().unwrap_or_default()).await?;
        Ok(Greeted { is_own, settings, round_trip })
    }

    async fn connect(
        &self,
        place: &PeerAddress,
        config: &Config,
        link: &Arc<SessionFacts>,
    ) -> Result<(Client, impl Future<Output = Result<(), tokio_postgres::Error>> + Send + use<>)> {
        let socket = Socket::open(place, config).await.map_err(|error| self.unreachable(Box::new(error)))?;
        let wire = Wire::new(socket, Arc::clone(link));
        #[cfg(feature = "tls")]
        let encrypted = {
            let host = match place {
                PeerAddress::Tcp { host, .. } => host.as_str(),
                PeerAddress::Unix(_) => "",
            };
            Encrypted(self.encryption(host).map_err(|error| self.unreachable(error))?)
        };
        #[cfg(not(feature = "tls"))]
        let encrypted = tokio_postgres::NoTls;
        config.connect_raw(wire, encrypted).await.map_err(|error| self.unreachable(Box::new(error)))
    }

    /// Spawns the task that drives a connection until the server ends it, or until its `silence` is noticed, which
    /// takes no longer than `bound`. If the server ends the connection, its reason is kept for the callers whose
    /// statements get no answer.
    fn drive(
        &self,
        driver: impl Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static,
        silence: impl Future<Output = ()> + Send + 'static,
        bound: Duration,
        seat: Arc<Seat>,
    ) -> Driver {
        let count = self.count();
        let alias = Arc::clone(&self.alias);
        let farewell = Arc::<OnceLock<Farewell>>::default();
        let told = Arc::clone(&farewell);
        let last_error = Arc::clone(&self.last_error);
        let task = tokio::spawn(async move {
            // Callers learn that the connection is gone when the driver is dropped, by when the reason has been
            // stored.
            let (mut driver, silence) = (pin!(driver), pin!(silence));
            let farewell = match select(driver.as_mut(), silence).await {
                Either::Left((Ok(()), _)) => None,
                Either::Left((Err(error), _)) => {
                    tracing::debug!(connection = &*alias, %error, "connection lost");
                    Farewell::of(&error)
                }
                Either::Right(_) => {
                    tracing::warn!(connection = &*alias, "the server answers no more, on no connection");
                    Some(Farewell::of_silence(bound))
                }
            };
            if let Some(farewell) = farewell {
                *last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(LastError::new(&farewell));
                let _ = told.set(farewell);
            }
            drop((count, seat));
        });
        Driver { task: task.abort_handle(), runtime: Handle::current(), farewell }
    }

    /// Warns once if sessions are shared and the manifest does not say so.
    fn tell_of_pooler(&self, greeting: &Greeting) {
        if !greeting.is_own && self.pooler.is_none() && !self.told_of_pooler.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                connection = &*self.alias,
                "a pooler stands before the server: statements are sent without names, and nothing outlives a \
                 transaction, as with `pooler: transaction`; if each connection has a session of its own there, \
                 `pooler: session` says so"
            );
        }
    }

    /// The encryption of a stream to this host, if the settings ask for it.
    pub fn encryption<S>(
        &self,
        host: &str,
    ) -> Result<
        impl TlsConnect<S, Stream: Send, Future: Send> + Send + use<S>,
        Box<dyn std::error::Error + Send + Sync>,
    >
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        #[cfg(feature = "tls")]
        return Ok(MakeTlsConnect::<S>::make_tls_connect(&mut self.tls.current(), host)?);
        #[cfg(not(feature = "tls"))]
        {
            let _ = host;
            Ok(tokio_postgres::NoTls)
        }
    }

    /// How long the server takes to answer an empty query, or a setting that costs it next to nothing: what a
    /// statement takes beyond that is the server's work on it.
    async fn round_trip(&self, client: &Client, settings: &str) -> Result<Duration> {
        let sent = Instant::now();
        client.batch_execute(settings).await.map_err(|error| self.unreachable(Box::new(error)))?;
        Ok(sent.elapsed())
    }

    fn count(&self) -> Counted {
        self.open.send_modify(|open| *open += 1);
        Counted(self.open.clone())
    }

    fn unreachable(&self, source: Box<dyn std::error::Error + Send + Sync>) -> Error {
        Error::not_connected(&self.alias, source)
    }
}

/// Counts one open connection until it is dropped.
struct Counted(watch::Sender<usize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

/// Has the kernel detect a dead connection, unless the URL has such settings itself.
fn notice_silence(config: &mut Config) {
    if config.get_keepalives_idle() == DRIVER_KEEPALIVE_IDLE {
        config.keepalives_idle(KEEPALIVE_IDLE);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(KEEPALIVE_INTERVAL);
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(KEEPALIVE_RETRIES);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(USER_TIMEOUT);
    }
}

fn at_address(config: &Config, address: IpAddr) -> Config {
    let mut config = config.clone();
    config.hostaddr(address);
    config
}

/// A number that differs from call to call: enough to spread connections over hosts.
fn any_number() -> usize {
    use std::hash::{BuildHasher, RandomState};
    usize::try_from(RandomState::new().hash_one(()) >> 33).unwrap_or(0)
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("alias", &self.alias).finish_non_exhaustive()
    }
}
