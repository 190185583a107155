//! A connection on loan, and how it is given back: settled, clean, or not at all.

use std::{ops::Deref, sync::Arc, time::Duration};

use tokio_postgres::{SimpleQueryMessage, error::SqlState};

use super::{cancel, server::Server, session::Session};
use crate::config::Reset;

/// A connection on loan; it goes back to its pool when dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    session: Arc<Session>,
    server: Arc<Server>,
    /// It is being made fit to be given back; if that is broken off, it never is.
    is_settling: bool,
}

/// How long the server may take to finish what nobody waits for, before it is asked to stop.
const GRACE: Duration = Duration::from_millis(100);

/// How long it may take to answer, once it was asked to stop.
const LAST_GRACE: Duration = Duration::from_secs(2);

/// Whether a transaction is open: outside of one, it begins with the statement. Inside one that failed, it is refused.
const IS_OPEN: &str = "SELECT pg_catalog.now() OPERATOR(pg_catalog.<>) pg_catalog.statement_timestamp()";

/// What somebody who had the connection to themselves may have left: everything that `DISCARD ALL` does away with, but
/// the prepared statements (<https://www.postgresql.org/docs/current/sql-discard.html>).
const RESET: &str = "CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ALL; UNLISTEN *; \
     SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD SEQUENCES; DISCARD TEMP";

impl Lease {
    pub(super) fn new(session: Arc<Session>, server: Arc<Server>) -> Self {
        Self { session, server, is_settling: false }
    }

    /// How long a caller waits for what somebody else has.
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
        // Whatever it was that held the connection, it is over.
        self.session.written().tell();
        let is_fit = !self.session.is_abandoned() && !self.session.is_free() || !self.session.is_usable();
        if is_fit {
            self.server.give_back(Arc::clone(&self.session));
        } else if self.is_settling {
            self.server.discard(&self.session);
        } else {
            let lease = Self::settling(Arc::clone(&self.session), Arc::clone(&self.server));
            // The runtime that drives the connection. Where it has ended, the connection has, too.
            self.session.runtime().spawn(lease.settle());
        }
    }
}

impl Lease {
    fn settling(session: Arc<Session>, server: Arc<Server>) -> Self {
        Self { session, server, is_settling: true }
    }

    /// Makes the connection fit for the next caller. One that cannot be is closed when this is dropped.
    async fn settle(self) {
        if self.session.is_abandoned() && !self.finish().await {
            return;
        }
        if self.session.is_free() && !self.clean().await {
            return;
        }
        drop(self);
    }

    /// Waits until the server is done with what nobody waits for; it answers in order. What takes long is cancelled, as
    /// whoever waited for it went away, and the connection is given up: the request goes a way of its own.
    async fn finish(&self) -> bool {
        if tokio::time::timeout(GRACE, self.session.batch("")).await.is_ok_and(|done| done.is_ok()) {
            self.session.settled();
            return true;
        }
        let asked = async {
            cancel::request(&self.server, &self.session).await;
            // An error tells as well that the server has come to an end with it.
            let _ = self.session.batch("").await;
        };
        let _ = tokio::time::timeout(LAST_GRACE, asked).await;
        self.session.break_off();
        false
    }

    /// Ends a transaction that was left open, and takes back what was set.
    async fn clean(&self) -> bool {
        let client = self.session.client();
        match client.simple_query(IS_OPEN).await {
            Ok(answer) if !tells_true(&answer) => {}
            Err(error) if error.code() != Some(&SqlState::IN_FAILED_SQL_TRANSACTION) => return false,
            _ => {
                tracing::warn!(
                    connection = &**self.session.alias(),
                    "SQL of the program's own left a transaction open: it is rolled back"
                );
                if self.session.batch("ROLLBACK").await.is_err() {
                    return false;
                }
            }
        }
        let reset = match self.server.settings().reset {
            Reset::Rollback => RESET,
            Reset::DiscardAll => {
                self.session.forget_statements();
                "DISCARD ALL"
            }
        };
        let is_clean = self.session.batch(reset).await.is_ok();
        self.session.cleaned();
        is_clean || {
            self.session.break_off();
            false
        }
    }
}

fn tells_true(answer: &[SimpleQueryMessage]) -> bool {
    answer.iter().any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("t")))
}
