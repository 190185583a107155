//! A leased connection, and how it is given back: settled, cleaned, or closed.

use std::{ops::Deref, sync::Arc, time::Duration};

use super::{cancel, lost, server::Server, session::Session};
use crate::config::Reset;

/// A leased connection; it goes back to its pool when dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    session: Arc<Session>,
    server: Arc<Server>,
    /// Whether a task makes the connection fit to be given back; if the task is cancelled, the connection is closed.
    is_settling: bool,
}

/// How long the server may take to finish an abandoned statement before it is asked to cancel it.
const GRACE: Duration = Duration::from_millis(100);

/// How long the server may take to answer once it was asked to cancel.
const LAST_GRACE: Duration = Duration::from_secs(2);

/// Resets what a caller with its own connection may have left: everything that `DISCARD ALL` resets, except prepared
/// statements (<https://www.postgresql.org/docs/current/sql-discard.html>).
const RESET: &str = "CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ALL; UNLISTEN *; \
     SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD SEQUENCES; DISCARD TEMP";

impl Lease {
    pub(super) fn new(session: Arc<Session>, server: Arc<Server>) -> Self {
        Self { session, server, is_settling: false }
    }

    pub(super) fn server(&self) -> &Arc<Server> {
        &self.server
    }

    /// The server's first host, with its port.
    pub(crate) fn host(&self) -> String {
        self.server.connector().host()
    }

    /// How long a caller waits for a connection or another resource that other callers hold.
    pub(crate) fn acquire_timeout(&self) -> Duration {
        self.server.settings().acquire_timeout
    }
}

impl Deref for Lease {
    type Target = Session;
    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // The work that held the connection is over.
        self.session.written().tell();
        let is_settled = !self.session.is_abandoned() && !self.needs_reset() && !self.session.was_read_only();
        let is_lost = !self.session.is_usable();
        if is_lost {
            lost::outlast(&self.server, &self.session);
        }
        let is_fit = is_settled || is_lost;
        if is_fit {
            self.server.give_back(Arc::clone(&self.session));
        } else if self.is_settling {
            self.server.discard(&self.session);
        } else {
            let lease = Self::settling(Arc::clone(&self.session), Arc::clone(&self.server));
            // The runtime that drives the connection: if it has ended, so has the connection.
            self.session.runtime().spawn(lease.settle());
        }
    }
}

impl Lease {
    fn settling(session: Arc<Session>, server: Arc<Server>) -> Self {
        Self { session, server, is_settling: true }
    }

    /// Makes the connection fit for the next caller. If that fails, the connection is closed when this is dropped.
    async fn settle(self) {
        if self.session.is_abandoned() {
            let is_finished = self.finish().await;
            if self.session.may_have_changed() {
                // The caches were told when the caller went away, and may have kept rows since, as they were before.
                self.server.caches().all_written();
            }
            if !is_finished {
                return;
            }
        }
        if self.needs_reset() && !self.clean().await {
            return;
        }
        if self.session.was_read_only() && !self.still_writes().await {
            return;
        }
        drop(self);
    }

    /// Waits until the server has answered abandoned statements; it answers in order. A statement that takes too long
    /// is cancelled, as no caller waits for it, and the connection is closed. The cancel request uses a connection of
    /// its own.
    async fn finish(&self) -> bool {
        if tokio::time::timeout(GRACE, self.session.batch("")).await.is_ok_and(|done| done.is_ok()) {
            self.session.settled();
            return true;
        }
        let asked = async {
            cancel::request(&self.server, &self.session).await;
            // An error, too, means that the server has ended the statement.
            let _ = self.session.batch("").await;
        };
        let _ = tokio::time::timeout(LAST_GRACE, asked).await;
        self.session.break_off();
        false
    }

    /// Whether the server takes writes. If not, another server does by now: this connection and all others opened
    /// before are no longer used, and the hosts are tried anew.
    async fn still_writes(&self) -> bool {
        match self.session.takes_no_writes().await {
            Ok(false) => true,
            Ok(true) => {
                self.server.renew();
                false
            }
            Err(_) => false,
        }
    }

    /// Whether SQL of the caller's own may have changed the session, as far as its text tells; with `reset: discard_all`, whether
    /// any ran.
    fn needs_reset(&self) -> bool {
        let discards = self.server.settings().reset == Reset::DiscardAll;
        self.session.is_free() || (discards && self.session.has_run_own())
    }

    /// Rolls back a transaction that was left open, and resets the session.
    async fn clean(&self) -> bool {
        match self.session.is_in_transaction().await {
            Ok(false) => {}
            Ok(true) => {
                tracing::warn!(
                    connection = &**self.session.alias(),
                    "SQL of the program's own left a transaction open: it is rolled back"
                );
                if self.session.batch("ROLLBACK").await.is_err() {
                    return false;
                }
            }
            Err(_) => return false,
        }
        if !self.session.is_own() {
            // Anything else that was left is not in the session that the next statement runs in.
            self.session.cleaned();
            return true;
        }
        let discards = self.server.settings().reset == Reset::DiscardAll || self.session.has_own_statements();
        let reset = if discards { "DISCARD ALL" } else { RESET };
        if discards {
            self.session.forget_statements();
        }
        let is_clean = self.session.batch(reset).await.is_ok() && self.set_up().await;
        self.session.cleaned();
        is_clean || {
            self.session.break_off();
            false
        }
    }

    /// Restores the settings of this pool after a reset.
    async fn set_up(&self) -> bool {
        match self.session.settings() {
            Some(settings) => self.session.batch(settings).await.is_ok(),
            None => true,
        }
    }
}
