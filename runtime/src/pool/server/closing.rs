//! Closes connections to a server: those that were idle for too long, those that lead to a former primary, or all.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    super::{connector::Role, queue::Given, session::Session},
    Idle, Server,
};

/// What there was to close besides idle connections.
pub(in crate::pool) struct Closing {
    /// Connections in use.
    pub used: usize,
    /// How many callers waited for a connection, and got an error.
    pub refused: usize,
}

impl Server {
    /// Closes the idle connections that are as silent as this one: those that were idle for too long to be trusted, or those
    /// of the same runtime, which stands still.
    pub(super) fn close_silent(&self, like: &Session) {
        let home = like.home().filter(|_| !like.is_driven_here());
        let is_silent = |idle: &Idle| match home {
            Some(_) => idle.session.home() == home,
            None => !idle.was_used_lately(),
        };
        let mut state = self.state();
        let (silent, trusted): (Vec<_>, Vec<_>) =
            std::mem::take(&mut state.idle).into_iter().partition(is_silent);
        state.idle = trusted;
        state.open -= silent.len();
        drop(state);
        silent.iter().for_each(|idle| idle.session.break_off());
    }

    /// Stops the use of all connections opened before now, as the server that they lead to no longer takes writes.
    pub fn renew(self: &Arc<Self>) {
        if self.role == Role::Replica {
            return;
        }
        tracing::warn!(connection = &*self.alias, "the server takes no writes: its hosts are looked at anew");
        let mut state = self.state();
        state.renewed = Some(Instant::now());
        let idle = std::mem::take(&mut state.idle);
        state.open -= idle.len();
        drop(state);
        idle.iter().for_each(|idle| idle.session.break_off());
    }

    /// Closes connections that are too old, lost, or were idle for too long. Returns how many idle ones are missing
    /// to `min_idle`, or `None` if the pool is closed.
    pub fn close_idle(&self) -> Option<usize> {
        let mut state = self.state();
        if state.closed {
            return None;
        }
        let mut spare = state.idle.len().saturating_sub(self.settings.min_idle);
        let before = state.idle.len();
        state.idle.retain(|idle| {
            let unused = self.settings.idle_timeout.is_some_and(|limit| idle.since.elapsed() > limit);
            let close = !idle.session.is_usable() || self.is_old(&idle.session) || (unused && spare > 0);
            spare = spare.saturating_sub(usize::from(close));
            !close
        });
        state.open -= before - state.idle.len();
        Some(self.settings.min_idle.saturating_sub(state.idle.len()))
    }

    /// Since when the longest idle connection has been idle.
    pub fn longest_idle(&self) -> Option<Instant> {
        self.state().idle.first().map(|idle| idle.since)
    }

    pub fn close_longest_idle(&self) {
        let mut state = self.state();
        if !state.idle.is_empty() {
            let idle = state.idle.remove(0);
            state.open -= 1;
            drop(state);
            drop(idle);
        }
    }

    /// Gives an error to every waiting caller, and takes no more callers. Leased connections are closed when they are
    /// given back.
    pub fn close(&self) -> Closing {
        let mut state = self.state();
        state.closed = true;
        let idle = std::mem::take(&mut state.idle);
        state.open -= idle.len();
        let waiters = state.queue.drain_to(u64::MAX);
        let closing = Closing { used: state.open, refused: waiters.len() };
        drop(state);
        for waiter in waiters {
            drop(waiter.tell.send(Given::Failed(self.closed_error())));
        }
        closing
    }

    /// Waits until the last connection is closed, for at most `within`; returns how many are still open.
    pub async fn closed(&self, within: Duration) -> usize {
        let _ = tokio::time::timeout(within, self.connector.all_gone()).await;
        self.connector.count_open()
    }

    pub fn is_closed(&self) -> bool {
        self.state().closed
    }
}
