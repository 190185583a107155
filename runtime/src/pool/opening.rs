//! Opens a connection for the callers that wait, and tries again for as long as any of them waits.

use std::{sync::Arc, time::Duration};

use super::{neighbours::Seat, server::Server, session::Session};
use crate::error::{Error, Result};

/// How long after a failed attempt the next one starts, if callers still wait.
const RETRY: Duration = Duration::from_millis(200);

/// A connection that is being opened. It counts towards the pool's `max_size`.
pub(super) struct Opening(Arc<Server>);

impl Opening {
    /// Takes over an opening that the server has already counted.
    pub fn new(server: Arc<Server>) -> Self {
        Self(server)
    }

    pub async fn run(self) {
        let server = Arc::clone(&self.0);
        let mut told = false;
        loop {
            let asked = server.last_asked();
            let Some(seat) = server.neighbours().enter() else {
                if !server.is_waited_for() {
                    return;
                }
                server.neighbours().make_room().await;
                continue;
            };
            match self.open(seat).await {
                Ok(session) => {
                    drop(self);
                    return server.opened(session);
                }
                // The server may have room in a moment. Each waiting caller has its own `acquire_timeout`.
                Err(error @ Error::TooManyConnections { .. }) if server.is_waited_for() => {
                    if !std::mem::replace(&mut told, true) {
                        tracing::warn!(connection = &**server.alias(), %error, "the server has no room");
                    }
                    server.found_no_room(error);
                    server.neighbours().refused();
                    server.neighbours().make_room().await;
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

    async fn open(&self, seat: Seat) -> Result<Session> {
        let timeout = self.0.settings().acquire_timeout;
        match tokio::time::timeout(timeout, self.0.connector().open(seat)).await {
            Ok(Ok(opened)) => Ok(self.0.session(opened)),
            Ok(Err(error)) => Err(error),
            Err(_) => {
                let source = format!("no answer within {timeout:?}").into();
                Err(Error::Connect { connection: Arc::clone(self.0.alias()), source })
            }
        }
        .inspect_err(|error| self.0.connector().went_wrong(error))
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.0.opening_ended();
    }
}
