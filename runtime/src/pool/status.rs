//! The state of the connections to each server, for a health page.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use futures_util::future::join_all;
use tokio::time::timeout;

use super::{Shared, server::Server};
use crate::{
    error::{Alias, Error, Result},
    observe::ConnectionCounts,
};

/// The state of a connection of the manifest on one of its servers.
#[derive(Debug)]
#[non_exhaustive]
pub struct Status {
    /// The connection's name.
    pub connection: Alias,
    /// The server's host and port: those of the first host, where there are several. No user, no password.
    pub host: String,
    /// Whether the server is one of the connection's replicas.
    pub is_replica: bool,
    /// The most connections that the pool opens to the server: `max_size`.
    pub max_size: usize,
    /// How many connections to the server are open.
    pub open: usize,
    /// How many of the open connections are idle.
    pub idle: usize,
    /// How many callers wait for a connection.
    pub waiting: usize,
    /// How long it took to take a connection and get an answer on it, or the error.
    pub answer: Result<Duration>,
    /// How far a replica was behind the primary when its position was last checked, at least once a second; none for a
    /// primary, and for a replica that serves no reads.
    pub lag: Option<Duration>,
    /// The last error of a connection to the server, however long ago.
    pub last_error: Option<LastError>,
}

/// The last error of a connection: it could not be opened, or it broke.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastError {
    /// The error's message, without a password.
    pub message: String,
    /// When the error occurred.
    pub at: SystemTime,
}

impl LastError {
    pub(super) fn new(message: impl ToString) -> Self {
        Self { message: message.to_string(), at: SystemTime::now() }
    }
}

impl Status {
    /// Whether the server answered in time.
    pub fn is_reachable(&self) -> bool {
        self.answer.is_ok()
    }
}

impl Shared {
    /// Sends each server an empty query, all at once, and waits for the answers no longer than `within`.
    pub(crate) async fn status(&self, within: Duration) -> Vec<Status> {
        let servers = self.servers().enumerate();
        join_all(servers.map(|(at, server)| self.status_of(server, at > 0, within))).await
    }

    async fn status_of(&self, server: &Arc<Server>, is_replica: bool, within: Duration) -> Status {
        let began = Instant::now();
        let answer = timeout(within, async { server.lease().await?.batch("").await }).await;
        let no_answer = || Error::PoolTimeout { connection: Arc::clone(&self.alias), waited: within };
        let answer = answer.unwrap_or_else(|_| Err(no_answer())).map(|()| began.elapsed());
        if let Err(error @ Error::ConnectionLost { .. }) = &answer {
            server.connector().went_wrong(error);
        }
        let ConnectionCounts { most, open, idle, waiting } = server.counts();
        Status {
            connection: Arc::clone(&self.alias),
            host: server.host(),
            is_replica,
            max_size: most,
            open,
            idle,
            waiting,
            answer,
            lag: self.replicas.lag_of(server),
            last_error: server.connector().last_error(),
        }
    }
}
