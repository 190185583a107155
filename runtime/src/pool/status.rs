//! How the connections to each server are doing: for a health page.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tokio::time::timeout;

use super::{Shared, server::Server};
use crate::error::{Alias, Error, Result};

/// How a connection of the manifest is doing, on one of its servers.
#[derive(Debug)]
#[non_exhaustive]
pub struct Status {
    /// The connection's name.
    pub connection: Alias,
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
        join_all(servers.map(|(at, server)| status(server, &self.alias, at > 0, within))).await
    }
}

async fn status(server: &Arc<Server>, alias: &Alias, is_replica: bool, within: Duration) -> Status {
    let began = Instant::now();
    let answer = timeout(within, async { server.lease().await?.batch("").await }).await;
    let answer = answer
        .unwrap_or_else(|_| Err(Error::PoolTimeout { connection: Arc::clone(alias), waited: within }))
        .map(|()| began.elapsed());
    let (open, idle, waiting) = server.counts();
    let max_size = server.settings().max_size;
    Status { connection: Arc::clone(alias), is_replica, max_size, open, idle, waiting, answer }
}
