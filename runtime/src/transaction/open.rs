//! An open transaction, whatever its database: its connection, and how it ends.

use std::sync::{Mutex, PoisonError};

use super::{TransactionOptions, savepoint::Turn};
use crate::{
    error::{Alias, Result},
    pool::{Ended, Lease},
};

/// A transaction that is still open. If it is dropped before its end, it rolls back, and its connection goes back to
/// the pool.
pub struct OpenTransaction {
    pub(super) lease: Lease,
    ended: bool,
    /// Lets one savepoint of this transaction run at a time.
    pub(super) savepoints: Turn,
    hooks: Mutex<Vec<Hook>>,
}

/// A function that is called after a transaction is committed.
type Hook = Box<dyn FnOnce() + Send>;

impl OpenTransaction {
    pub(crate) async fn begin(lease: Lease, options: TransactionOptions) -> Result<Self> {
        // Created before the `BEGIN`: if the caller drops the future while it is under way, dropping `open` rolls back.
        let open = Self { lease, ended: false, savepoints: Turn::default(), hooks: Mutex::default() };
        open.lease.begin(&options.begin()).await?;
        // A conflict that an earlier transaction met on this connection does not count for this one.
        open.lease.take_conflict();
        Ok(open)
    }

    pub(super) fn alias(&self) -> &Alias {
        self.lease.alias()
    }

    pub(super) fn after_commit(&self, hook: Hook) {
        self.hooks.lock().unwrap_or_else(PoisonError::into_inner).push(hook);
    }

    /// Makes the server report now what it would report at the commit: a statement that failed, or a deferred
    /// constraint (<https://www.postgresql.org/docs/current/sql-set-constraints.html>: outstanding checks are made at
    /// once).
    pub(super) async fn check(&self) -> Result<()> {
        self.lease.batch("SET CONSTRAINTS ALL IMMEDIATE").await
    }

    pub(super) async fn commit(mut self) -> Result<()> {
        let hooks = std::mem::take(self.hooks.get_mut().unwrap_or_else(PoisonError::into_inner));
        match self.lease.commit().await {
            Ended::Answered { done, is_over } => {
                self.ended = is_over;
                done?;
            }
            Ended::Unanswered(commit) => {
                self.ended = true;
                drop(self);
                commit.settle().await?;
                hooks.into_iter().for_each(|hook| hook());
                return Ok(());
            }
        }
        self.lease.written().tell();
        hooks.into_iter().for_each(|hook| hook());
        Ok(())
    }

    pub(super) async fn rollback(mut self) -> Result<()> {
        self.lease.batch("ROLLBACK").await?;
        self.ended = true;
        Ok(())
    }
}

impl Drop for OpenTransaction {
    fn drop(&mut self) {
        if !self.ended {
            self.lease.roll_back();
        }
    }
}

impl std::fmt::Debug for OpenTransaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenTransaction").field("connection", self.alias()).finish_non_exhaustive()
    }
}
