//! Which server a connection leads to, whether it shares its session, and whether it is dead, read-only, or in a
//! transaction that nobody began.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use futures_util::FutureExt;

use super::{PeerAddress, Session};
use crate::{
    error::{Error, Result},
    observe,
    pool::run::only_reads,
    sql::{Effect, Statement},
};

/// If a connection is lost sooner than this after a statement was sent, it was dead before. A statement that crashes
/// the server, which must not be sent again, takes longer.
const FOUND_DEAD: Duration = Duration::from_secs(1);

impl Session {
    /// Whether the session belongs to this connection alone until it ends; if not, no state outlasts a transaction.
    pub(crate) fn is_own(&self) -> bool {
        self.is_own
    }

    /// The number of the server's process, as the other side named it when the connection was opened.
    pub(in crate::pool) fn process(&self) -> i32 {
        self.facts.process()
    }

    /// Whether the server, asked to commit, has last rolled back.
    pub(in crate::pool) fn has_rolled_back(&self) -> bool {
        self.facts.has_rolled_back()
    }

    /// Whether this connection's server, a replica, is known to have replayed the log up to `position`. Behind a pooler the
    /// next statement may run on another server.
    pub(in crate::pool) fn has_replayed(&self, position: u64) -> bool {
        self.is_own && self.state.replayed.load(Ordering::Relaxed) >= position
    }

    /// Notes how far this connection's server has replayed the log.
    pub(in crate::pool) fn note_replayed(&self, position: u64) {
        self.state.replayed.fetch_max(position, Ordering::Relaxed);
    }

    /// The server that a statement runs on.
    pub(in crate::pool) fn served_by(&self) -> observe::ServedBy<'_> {
        let (address, port) = match &self.place {
            PeerAddress::Tcp { address, host } => (host.as_str(), Some(address.port())),
            PeerAddress::Unix(socket) => (socket.to_str().unwrap_or_default(), None),
        };
        observe::ServedBy { address, port, database: &self.database }
    }

    /// Notes whether the connection, lost before the statement sent at `sent` had any answer, was dead before.
    pub(super) fn note_dead(&self, error: &Error, sent: Instant) {
        let is_dead = matches!(error, Error::ConnectionLost { .. }) && sent.elapsed() < FOUND_DEAD;
        self.state.found_dead.store(is_dead, Ordering::Relaxed);
    }

    /// Whether the connection was lost right after a statement was sent, before the server gave any answer: as far as
    /// can be told, it was dead before.
    pub(in crate::pool) fn was_found_dead(&self) -> bool {
        self.state.found_dead.load(Ordering::Relaxed)
    }

    /// The error of a statement outside of a transaction of the pool's. Where the connection was lost, the error says
    /// that the statement may have taken effect, unless it is a read that ormgen wrote: whatever else runs, SQL of the
    /// program's own and a read of a view included, may call a function that writes (`tests/tests/pool/lost_writes.rs`).
    ///
    /// SQL of the program's own may have begun a transaction on its connection, with which everything in it is undone.
    pub(crate) fn apart(&self, statement: &Statement<'_>, error: Error) -> Error {
        let is_undone = || {
            self.facts.is_in_transaction()
                && !self.is_abandoned()
                && !Effect::of(&statement.sql).ends_transaction()
        };
        if only_reads(statement) || is_undone() { error } else { error.of_write() }
    }

    /// Notes that a statement is sent, which may change something in the database or in the session.
    pub(in crate::pool) fn note_change(&self, statement: &Statement<'_>) {
        if statement.calls_unknown {
            self.note_own();
        }
        if !only_reads(statement) {
            self.set_may_have_changed(true);
        }
    }

    /// Notes whether something ran since the last BEGIN that may have changed something.
    pub(crate) fn set_may_have_changed(&self, may: bool) {
        self.state.may_have_changed.store(may, Ordering::Relaxed);
    }

    /// Whether something ran since the last BEGIN that may have changed something, on another server too.
    pub(in crate::pool) fn may_have_changed(&self) -> bool {
        self.state.may_have_changed.load(Ordering::Relaxed)
    }

    /// Forgets what earlier statements did and what the server warned of: another caller gets the connection.
    pub(in crate::pool) fn starts_anew(&self) {
        self.set_may_have_changed(false);
        self.facts.take_lack_of_standbys();
    }

    /// Checks that the standbys that the server waits for have what was just committed, as far as the server tells.
    ///
    /// # Errors
    /// [`Error::OutcomeUnknown`] if the server was told to wait no longer: a failover would lose it.
    pub(crate) fn check_standbys(&self) -> Result<()> {
        match self.facts.take_lack_of_standbys() {
            true => Err(Error::OutcomeUnknown { connection: Arc::clone(&self.alias) }),
            false => Ok(()),
        }
    }

    /// Checks that no transaction is open after a statement outside of one, as the server said with its answer. A proxy
    /// may have begun one: pgpool-II in its mode `raw` does when a write is prepared, and never commits it
    /// (`tests/tests/pool/pgpool.rs`).
    ///
    /// # Errors
    /// [`Error::TransactionLeftOpen`] if one is: it was rolled back, and the connection is closed. Those of
    /// [`check_standbys`](Self::check_standbys).
    pub(crate) async fn check_ended(&self) -> Result<()> {
        if !self.facts.is_in_transaction() {
            return self.check_standbys();
        }
        let undone = self.batch("ROLLBACK").boxed().await;
        self.break_off();
        undone.map_err(Error::of_write)?;
        Err(Error::TransactionLeftOpen { connection: Arc::clone(&self.alias) })
    }

    /// Whether the server refused to write: it may be a replica by now, or the transaction was a read-only one.
    pub(in crate::pool) fn was_read_only(&self) -> bool {
        self.state.was_read_only.load(Ordering::Relaxed)
    }

    /// Asks whether the server is read-only, now that no transaction is open.
    pub(in crate::pool) async fn takes_no_writes(&self) -> Result<bool> {
        const QUESTION: &str = "SELECT pg_catalog.pg_is_in_recovery() \
             OR pg_catalog.current_setting('transaction_read_only')::bool";
        let row = self.first_row(QUESTION).await?;
        self.state.was_read_only.store(false, Ordering::Relaxed);
        Ok(row.and_then(|row| row.get(0).map(|answer| answer == "t")).unwrap_or(true))
    }
}
