//! Locks on the rows that a query reads
//! (<https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE>).

use super::{Find, Query};
use crate::{
    model::{Keyed, Model},
    sql::{Intent, SqlWriter},
};

/// A query that locks the rows it reads.
#[derive(Debug)]
pub enum Locked {}

/// How rows are locked, and what is done about rows that another transaction has locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lock {
    strength: &'static str,
    wait: &'static str,
}

impl Lock {
    pub fn write(self, sql: &mut SqlWriter<'_>) {
        sql.push(self.strength).of_first().push(self.wait);
    }

    /// A row that is locked is about to be changed: it is read where it is written.
    pub fn intent(lock: Option<Self>) -> Intent {
        if lock.is_some() { Intent::Write } else { Intent::Read }
    }
}

const UPDATE: &str = " FOR UPDATE";
const NO_KEY_UPDATE: &str = " FOR NO KEY UPDATE";
const SHARE: &str = " FOR SHARE";
const KEY_SHARE: &str = " FOR KEY SHARE";

const NOWAIT: &str = " NOWAIT";
const SKIP_LOCKED: &str = " SKIP LOCKED";

/// What [`Query`] and [`Find`] have alike.
macro_rules! locks {
    ($query:ident: $model:ident) => {
        impl<M: $model, S> $query<M, S> {
            /// Locks the rows against changes and against every other lock until the transaction ends.
            pub fn for_update(self) -> $query<M, Locked> {
                self.locked(Lock { strength: UPDATE, wait: "" })
            }

            /// Locks the rows against changes until the transaction ends, but lets others insert rows that refer to
            /// them.
            pub fn for_no_key_update(self) -> $query<M, Locked> {
                self.locked(Lock { strength: NO_KEY_UPDATE, wait: "" })
            }

            /// Locks the rows against changes, but not against other shared locks, until the transaction ends.
            pub fn for_share(self) -> $query<M, Locked> {
                self.locked(Lock { strength: SHARE, wait: "" })
            }

            /// Locks the rows against deletes and against changes of their keys until the transaction ends.
            pub fn for_key_share(self) -> $query<M, Locked> {
                self.locked(Lock { strength: KEY_SHARE, wait: "" })
            }
        }

        impl<M: $model> $query<M, Locked> {
            /// Fails at once where another transaction has locked a row, in place of waiting for it.
            pub fn nowait(mut self) -> Self {
                self.lock = self.lock.map(|lock| Lock { wait: NOWAIT, ..lock });
                self
            }

            /// Leaves out the rows that another transaction has locked, in place of waiting for them.
            pub fn skip_locked(mut self) -> Self {
                self.lock = self.lock.map(|lock| Lock { wait: SKIP_LOCKED, ..lock });
                self
            }
        }
    };
}

locks!(Query: Model);
locks!(Find: Keyed);
