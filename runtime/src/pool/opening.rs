//! Opens a connection for the callers that wait, and tries again for as long as any of them waits.

use std::{sync::Arc, time::Duration};

use super::{neighbours::Seat, server::Server, session::Session};
use crate::error::{Error, Result};

/// How long after a failed attempt the next one starts, if callers still wait.
const RETRY: Duration = Duration::from_millis(200);

/// A connection that is being opened. It counts towards the pool's `max_size`.
pub(super) struct Opening {
    server: Arc<Server>,
    /// Whether the connection is open, and counts as such.
    is_open: bool,
}

impl Opening {
    /// Takes over an opening that the server has already counted.
    pub fn new(server: Arc<Server>) -> Self {
        Self { server, is_open: false }
    }

    pub async fn run(mut self) {
        let server = Arc::clone(&self.server);
        let ticket = server.neighbours().ticket();
        let mut told = false;
        loop {
            let asked = server.last_asked();
            let Some(seat) = ticket.enter() else {
                if !server.is_waited_for() {
                    return;
                }
                ticket.wait().await;
                continue;
            };
            match self.open(seat).await {
                Ok(session) => {
                    self.is_open = true;
                    return server.opened(session);
                }
                // The server may have room in a moment. Each waiting caller has its own `acquire_timeout`.
                Err(error @ Error::TooManyConnections { .. }) if server.is_waited_for() => {
                    if !std::mem::replace(&mut told, true) {
                        tracing::warn!(connection = &**server.alias(), %error, "the server has no room");
                    }
                    server.found_no_room(error);
                    server.neighbours().refused();
                    ticket.wait().await;
                }
                Err(error) => {
                    if !server.cannot_open(error, asked) {
                        return;
                    }
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    /// It may take longer than any caller waits: a server may be far away (`connecting_takes_longer_than_callers_wait`), or
    /// stand behind hosts that do not answer (`hosts_that_are_dead_for_longer_than_callers_wait`).
    async fn open(&self, seat: Seat) -> Result<Session> {
        let within = self.server.settings().acquire_timeout;
        let opened = self.server.connector().open(seat, within).await;
        let opened = opened.inspect_err(|error| self.server.connector().went_wrong(error));
        opened.map(|opened| self.server.session(opened))
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if !self.is_open {
            self.server.opening_ended();
        }
    }
}
