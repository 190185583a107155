//! Opens connections to one server, and counts those that are open.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    runtime::Handle,
    sync::watch,
    task::{AbortHandle, JoinHandle},
};
#[cfg(feature = "tls")]
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, config::LoadBalanceHosts, tls::TlsConnect};

#[cfg(feature = "tls")]
use super::tls;
use super::{known::Knowledge, session::Session};
use crate::{
    config::ServerAddress,
    error::{Alias, Error, Result},
};

/// Where a connection leads to: a request to cancel must go to the same place.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// The host's name is what its certificate is for.
    Tcp { address: SocketAddr, host: String },
    #[cfg_attr(not(unix), expect(dead_code, reason = "sockets in the file system are Unix's"))]
    Unix(PathBuf),
}

/// The task that carries a connection's messages, and the runtime that it is on.
pub(super) struct Driver {
    pub task: AbortHandle,
    pub runtime: Handle,
}

impl Driver {
    fn new(task: &JoinHandle<()>) -> Self {
        Self { task: task.abort_handle(), runtime: Handle::current() }
    }
}

/// One of the server's hosts, and how to connect to it.
struct Host {
    name: String,
    port: u16,
    config: Config,
}

/// Opens connections to one server.
pub(super) struct Connector {
    hosts: Vec<Host>,
    #[cfg(feature = "tls")]
    tls: tls::Connector,
    alias: Alias,
    knowledge: Arc<Knowledge>,
    /// How many connections are open: each driver's task counts itself.
    open: watch::Sender<usize>,
}

/// How long a connection may be silent before the kernel asks the other side whether it is there. A firewall that
/// forgets a connection drops its packets without a word, so nobody else would notice
/// (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-KEEPALIVES-IDLE>).
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_RETRIES: u32 = 3;

/// How long what was sent may stay without an acknowledgement of the other side's kernel. Not shorter: the other side
/// also gives none of what it has no room for while its server waits for a lock in the middle of a `COPY`.
const USER_TIMEOUT: Duration = Duration::from_secs(30);

/// The driver's own default, which stands for "not set".
const DRIVER_KEEPALIVE_IDLE: Duration = Duration::from_secs(2 * 60 * 60);

impl Connector {
    pub fn new(server: &ServerAddress, alias: Alias, knowledge: Arc<Knowledge>) -> Result<Self> {
        let hosts = server.hosts.iter().map(|(name, port)| {
            let mut single = server.clone();
            single.hosts = vec![(name.clone(), *port)];
            let mut config = single.to_pg_config()?;
            notice_silence(&mut config);
            Ok(Host { name: name.clone(), port: *port, config })
        });
        Ok(Self {
            hosts: hosts.collect::<Result<_>>()?,
            #[cfg(feature = "tls")]
            tls: tls::connector(&server.tls, &alias)?,
            alias,
            knowledge,
            open: watch::Sender::new(0),
        })
    }

    /// Waits until no connection is open.
    pub async fn all_gone(&self) {
        // The sender lives as long as self: waiting cannot fail.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }

    /// How many connections are open.
    pub fn count_open(&self) -> usize {
        *self.open.borrow()
    }

    /// Opens a connection to the first host that takes one.
    pub async fn open(&self) -> Result<Session> {
        let mut failed = None;
        for host in self.in_turn() {
            match self.open_to(host).await {
                Ok(session) => return Ok(session),
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or_else(|| self.unreachable("the connection has no host".into())))
    }

    /// The hosts in the order to be tried: as they are written, or beginning anywhere with `load_balance_hosts=random`.
    fn in_turn(&self) -> impl Iterator<Item = &Host> {
        let shuffled = self
            .hosts
            .first()
            .is_some_and(|host| host.config.get_load_balance_hosts() == LoadBalanceHosts::Random);
        let first = if shuffled { any_number() % self.hosts.len() } else { 0 };
        let (before, after) = self.hosts.split_at(first);
        after.iter().chain(before)
    }

    async fn open_to(&self, host: &Host) -> Result<Session> {
        let mut failed = None;
        for (place, config) in self.places(host).await? {
            match self.open_at(place, &config).await {
                Ok(session) => return Ok(session),
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or_else(|| self.unreachable(format!("`{}` has no address", host.name).into())))
    }

    /// A host's addresses: each is tried on its own, so that the one that took the connection is known.
    async fn places(&self, host: &Host) -> Result<Vec<(Place, Config)>> {
        if host.name.starts_with('/') {
            let socket = PathBuf::from(&host.name).join(format!(".s.PGSQL.{}", host.port));
            return Ok(vec![(Place::Unix(socket), host.config.clone())]);
        }
        if let [address, ..] = host.config.get_hostaddrs() {
            let place = Place::Tcp { address: (*address, host.port).into(), host: host.name.clone() };
            return Ok(vec![(place, host.config.clone())]);
        }
        let found = tokio::net::lookup_host((host.name.as_str(), host.port)).await;
        let found = found.map_err(|error| self.unreachable(Box::new(error)))?;
        let place = |address| Place::Tcp { address, host: host.name.clone() };
        Ok(found.map(|address| (place(address), at_address(&host.config, address.ip()))).collect())
    }

    async fn open_at(&self, place: Place, config: &Config) -> Result<Session> {
        #[cfg(feature = "tls")]
        let connected = config.connect(self.tls.clone()).await;
        #[cfg(not(feature = "tls"))]
        let connected = config.connect(tokio_postgres::NoTls).await;
        let (client, driver) = connected.map_err(|error| self.unreachable(Box::new(error)))?;
        let count = self.count();
        let alias = Arc::clone(&self.alias);
        let driver = tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!(connection = &*alias, %error, "connection lost");
            }
            drop(count);
        });
        let round_trip = self.round_trip(&client).await?;
        let knowledge = Arc::clone(&self.knowledge);
        Ok(Session::new(client, Arc::clone(&self.alias), knowledge, place, Driver::new(&driver), round_trip))
    }

    /// What encrypts a stream to that host, where it is to be encrypted.
    pub fn encryption<S>(
        &self,
        host: &str,
    ) -> Result<impl TlsConnect<S, Stream: Send, Future: Send> + Send, Box<dyn std::error::Error + Send + Sync>>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        #[cfg(feature = "tls")]
        return Ok(MakeTlsConnect::<S>::make_tls_connect(&mut self.tls.clone(), host)?);
        #[cfg(not(feature = "tls"))]
        {
            let _ = host;
            Ok(tokio_postgres::NoTls)
        }
    }

    /// How long the server takes to answer nothing: what a statement takes beyond that is its own.
    async fn round_trip(&self, client: &Client) -> Result<Duration> {
        let sent = Instant::now();
        client.batch_execute("").await.map_err(|error| self.unreachable(Box::new(error)))?;
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

/// Counts as an open connection.
struct Counted(watch::Sender<usize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

/// Has the kernel notice a dead connection, as far as the URL does not say how.
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
