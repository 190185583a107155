//! How the connections to each server are doing: for a health page.

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

/// How a connection of the manifest is doing, on one of its servers.
#[derive(Debug)]
#[non_exhaustive]
pub struct Status {
    /// The connection's name.
    pub connection: Alias,
    /// The server's host and port: the first, where there are several. No user, no password.
    pub host: String,
    /// Whether it is one of the connection's replicas.
    pub is_replica: bool,
    /// How many connections to the server there may be: `max_size`.
    pub max_size: usize,
    /// How many there are.
    pub open: usize,
    /// How many of them nobody uses.
    pub idle: usize,
    /// How many callers wait for one.
    pub waiting: usize,
    /// How long it took to get a connection and an answer on it, or why there was none.
    pub answer: Result<Duration>,
    /// How late a replica was when it was last looked at, which is done once a second; none for a primary, and for a
    /// replica that is not read from.
    pub lag: Option<Duration>,
    /// What last went wrong with a connection to the server, however long ago.
    pub last_error: Option<LastError>,
}

/// What went wrong with a connection: it could not be opened, or it broke.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastError {
    /// What it was, without a password.
    pub message: String,
    /// When.
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
    /// Asks each server for nothing, all at once, and waits no longer than that.
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
