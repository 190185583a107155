//! How a caller waits for a connection, or for the answer to its statement that is sent together with others.

use std::{sync::Arc, time::Instant};

use tokio::sync::oneshot;

use super::{
    super::{
        lease::Lease,
        queue::{Given, Wants},
    },
    Asked, Found, Server,
};
use crate::{
    error::{Error, Result},
    observe,
};

impl Server {
    /// Waits for what `wants` says, for no longer than the deadline, however many connections are tried meanwhile.
    pub(super) async fn wait(
        self: &Arc<Self>,
        mut wants: Wants,
        deadline: tokio::time::Instant,
    ) -> Result<Asked> {
        let begun = Instant::now();
        loop {
            let given = match self.find(&mut wants) {
                Found::Closed => return Err(self.closed_error()),
                Found::Connection(lease, is_trusted) => {
                    if is_trusted || self.answers(&lease, deadline).await {
                        return Ok(self.lent(lease, begun));
                    }
                    continue;
                }
                Found::Queued(number, told) => self.hear(number, told, deadline).await?,
            };
            match given {
                Given::Connection(lease) => {
                    if lease.is_driven_here() || self.answers(&lease, deadline).await {
                        return Ok(self.lent(lease, begun));
                    }
                }
                Given::Answer(answer) => return Ok(Asked::Answer(answer)),
                Given::Failed(error) => return Err(error),
                // `wants` has been moved into the queue and [`Wants::Connection`] is left in its place, so the caller
                // now waits for that.
                Given::Alone => {}
            }
        }
    }

    /// Hands out a connection to a caller that began to wait at `begun`.
    fn lent(&self, lease: Lease, begun: Instant) -> Asked {
        observe::waited(&self.alias, begun.elapsed());
        Asked::Connection(lease)
    }

    /// Waits for what a caller in the queue is given.
    async fn hear(
        &self,
        number: u64,
        mut told: oneshot::Receiver<Given>,
        deadline: tokio::time::Instant,
    ) -> Result<Given> {
        let given = match tokio::time::timeout_at(deadline, &mut told).await {
            Ok(given) => given,
            Err(_) if self.state().queue.remove(number) => return Err(self.waited_too_long()),
            // The caller is no longer in the queue: its statement has been sent, or a connection is on its way to it.
            Err(_) => told.await,
        };
        // The task that was to answer ended with its runtime.
        given.map_err(|_| Error::OutcomeUnknown { connection: Arc::clone(&self.alias) })
    }

    /// Sends the callers that wait here to another server: this one is left out.
    pub fn send_away(&self) {
        let waiters = self.state().queue.drain_to(u64::MAX);
        for waiter in waiters {
            let (connection, source) = (Arc::clone(&self.alias), "the replica is left out".into());
            drop(waiter.tell.send(Given::Failed(Error::Connect { connection, source })));
        }
    }

    /// The error for a caller that got no connection in time. Where the pool has none at all, no other caller held any: the
    /// server refused to let it have one, or did not answer.
    fn waited_too_long(&self) -> Error {
        let (connection, waited) = (Arc::clone(&self.alias), self.settings.acquire_timeout);
        if self.connector.count_open() == 0 {
            if let Some(error) = self.state().no_room.clone() {
                return Error::shared(&error);
            }
            if self.neighbours.have_room() {
                return Error::Connect { connection, source: format!("no answer within {waited:?}").into() };
            }
        }
        Error::PoolTimeout { connection, waited }
    }
}
