//! Opens connections, and tells which may be used again.

use std::{fmt, sync::Arc, time::Duration};

use deadpool::managed::{Metrics, RecycleError, RecycleResult};
use futures_util::FutureExt;
use tokio::sync::watch;
use tokio_postgres::Config;

use super::session::Session;
#[cfg(feature = "tls")]
use super::tls;
use crate::{
    Result,
    config::{ConnectionConfig, ServerAddress},
    error::{Alias, Error},
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

    /// Asks the server to stop what it is doing for a session. It may do so a little later, or not at all.
    pub async fn cancel(&self, session: &Session) {
        let token = session.cancel_token();
        #[cfg(feature = "tls")]
        let asked = token.cancel_query(self.tls.clone()).await;
        #[cfg(not(feature = "tls"))]
        let asked = token.cancel_query(tokio_postgres::NoTls).await;
        if let Err(error) = asked {
            tracing::debug!(connection = &*self.alias, %error, "a statement could not be cancelled");
        }
    }

    async fn connect(&self) -> Result<Session> {
        #[cfg(feature = "tls")]
        let connected = self.config.connect(self.tls.clone()).await;
        #[cfg(not(feature = "tls"))]
        let connected = self.config.connect(tokio_postgres::NoTls).await;
        let (client, driver) = connected.map_err(|error| Error::Connect {
            connection: Arc::clone(&self.alias),
            source: Box::new(error),
        })?;
        let alias = Arc::clone(&self.alias);
        let open = self.open.clone();
        open.send_modify(|open| *open += 1);
        tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!(connection = &*alias, %error, "connection lost");
            }
            open.send_modify(|open| *open -= 1);
        });
        Ok(Session::new(client, Arc::clone(&self.alias)))
    }
}

impl deadpool::managed::Manager for Manager {
    type Type = Arc<Session>;
    type Error = Error;

    async fn create(&self) -> Result<Arc<Session>> {
        // Boxed, as it is rare: every query's future would be as large as this one, and its type as deep.
        self.connect().boxed().await.map(Arc::new)
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
