//! Opens connections, and tells which may be used again.

use std::{fmt, sync::Arc, time::Duration};

use deadpool::managed::{Metrics, RecycleError, RecycleResult};
use futures_util::FutureExt;
use tokio::sync::watch;
use tokio_postgres::{CancelToken, Client, Config};

#[cfg(feature = "tls")]
use super::tls;
use super::{lane::Lane, pulse::Pulse, session::Session};
use crate::{
    config::{ConnectionConfig, ServerAddress},
    error::{Alias, Error, Result},
};

pub(super) struct Manager {
    config: Config,
    #[cfg(feature = "tls")]
    tls: tls::Connector,
    alias: Alias,
    max_lifetime: Option<Duration>,
    /// How many connections are open: their driver tasks count themselves.
    open: watch::Sender<usize>,
}

/// Counts as an open connection.
pub(super) struct Open(watch::Sender<usize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

impl Manager {
    pub fn new(server: &ServerAddress, config: &ConnectionConfig, alias: Alias) -> Result<Self> {
        Ok(Self {
            config: server.to_pg_config()?,
            #[cfg(feature = "tls")]
            tls: tls::connector(&server.tls, &alias)?,
            alias,
            max_lifetime: config.pool.max_lifetime,
            open: watch::Sender::new(0),
        })
    }

    /// Waits until no connection is open.
    pub async fn all_gone(&self) {
        // The sender lives as long as self: waiting cannot fail.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }

    /// Asks the server to stop what it is doing on a connection. It may do so a little later, or not at all.
    pub async fn cancel(&self, token: &CancelToken) {
        #[cfg(feature = "tls")]
        let asked = token.cancel_query(self.tls.clone()).await;
        #[cfg(not(feature = "tls"))]
        let asked = token.cancel_query(tokio_postgres::NoTls).await;
        if let Err(error) = asked {
            tracing::debug!(connection = &*self.alias, %error, "a statement could not be cancelled");
        }
    }

    async fn open(&self) -> Result<Session> {
        let (client, driver) = self.connect().await?;
        self.drive(driver);
        Ok(Session::new(client, Arc::clone(&self.alias), None))
    }

    /// Opens a connection for any number of callers at the same time.
    pub async fn open_lane(&self, pulse: impl FnOnce(CancelToken) -> Pulse) -> Result<Lane> {
        let (client, driver) = self.connect().await?;
        let pulse = pulse(client.cancel_token());
        let (lane, janitor) = Lane::new(client, Arc::clone(&self.alias), pulse);
        // A task of its own, so that it is not woken with the driver for every answer.
        let janitor = tokio::spawn(janitor);
        self.drive(async move {
            let ended = driver.await;
            // It fails only where its runtime ends.
            let _ = janitor.await;
            ended
        });
        Ok(lane)
    }

    async fn connect(&self) -> Result<(Client, impl Driver)> {
        #[cfg(feature = "tls")]
        let connected = self.config.connect(self.tls.clone()).await;
        #[cfg(not(feature = "tls"))]
        let connected = self.config.connect(tokio_postgres::NoTls).await;
        connected
            .map_err(|error| Error::Connect { connection: Arc::clone(&self.alias), source: Box::new(error) })
    }

    /// Has whoever waits for the last connection wait for what holds this, too.
    pub fn count(&self) -> Open {
        self.open.send_modify(|open| *open += 1);
        Open(self.open.clone())
    }

    /// Keeps a connection going, and counts it while it is open.
    fn drive(&self, driver: impl Driver) {
        let alias = Arc::clone(&self.alias);
        let open = self.count();
        tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!(connection = &*alias, %error, "connection lost");
            }
            drop(open);
        });
    }
}

/// What carries messages between a client and its server, until the client is gone.
trait Driver: Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static {}

impl<F: Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static> Driver for F {}

impl deadpool::managed::Manager for Manager {
    type Type = Arc<Session>;
    type Error = Error;

    async fn create(&self) -> Result<Arc<Session>> {
        // Boxed, as it is rare: every query's future would be as large as this one, and its type as deep.
        self.open().boxed().await.map(Arc::new)
    }

    async fn recycle(&self, session: &mut Arc<Session>, metrics: &Metrics) -> RecycleResult<Error> {
        if !session.is_usable() {
            return Err(RecycleError::message("the connection was lost"));
        }
        if self.max_lifetime.is_some_and(|limit| metrics.age() > limit) {
            return Err(RecycleError::message("the connection reached its max_lifetime"));
        }
        Ok(())
    }
}

impl fmt::Debug for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manager").field("alias", &self.alias).finish_non_exhaustive()
    }
}
