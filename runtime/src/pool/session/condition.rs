//! Which server a connection leads to, and what has become of it since.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use super::{Place, Session};
use crate::{
    error::{Error, Result},
    observe,
};

/// A connection that is lost sooner after a statement was sent on it was dead before. A statement that takes the server
/// down with it, which is not to be sent again, takes longer.
const FOUND_DEAD: Duration = Duration::from_secs(1);

impl Session {
    /// The server that a statement runs on.
    pub(super) fn served_by(&self) -> observe::ServedBy<'_> {
        let (address, port) = match &self.place {
            Place::Tcp { address, host } => (host.as_str(), Some(address.port())),
            Place::Unix(socket) => (socket.to_str().unwrap_or_default(), None),
        };
        observe::ServedBy { address, port, database: &self.database }
    }

    /// Learns from the loss of the connection, before a statement that was sent then had any answer.
    pub(super) fn note_dead(&self, error: &Error, sent: Instant) {
        let is_dead = matches!(error, Error::ConnectionLost { .. }) && sent.elapsed() < FOUND_DEAD;
        self.state.found_dead.store(is_dead, Ordering::Relaxed);
    }

    /// Whether the connection was lost as soon as a statement was sent on it, to which the server gave no answer: it was
    /// dead before, as far as can be told.
    pub(in crate::pool) fn was_found_dead(&self) -> bool {
        self.state.found_dead.load(Ordering::Relaxed)
    }

    /// Whether the server refused to write: it may follow another by now, or the transaction was one that only reads.
    pub(in crate::pool) fn was_read_only(&self) -> bool {
        self.state.was_read_only.load(Ordering::Relaxed)
    }

    /// Whether the server takes no writes, now that no transaction is open.
    pub(in crate::pool) async fn takes_no_writes(&self) -> Result<bool> {
        const QUESTION: &str = "SELECT pg_catalog.pg_is_in_recovery() \
             OR pg_catalog.current_setting('transaction_read_only')::bool";
        let row = self.first_row(QUESTION).await?;
        self.state.was_read_only.store(false, Ordering::Relaxed);
        Ok(row.and_then(|row| row.get(0).map(|answer| answer == "t")).unwrap_or(true))
    }
}
