//! The statements prepared on one connection, each of them once.

use std::sync::{Arc, PoisonError, RwLock};

use foldhash::HashMap;
use tokio::sync::watch;
use tokio_postgres::Statement;

use super::{
    known::{Knowledge, Known, SqlText},
    tags::Labels,
};

/// The most statements kept per connection. Programs have few different ones; this limits a program that builds ever
/// new ones.
const MOST: usize = 1024;

#[derive(Default)]
pub(super) struct Statements {
    slots: RwLock<HashMap<SqlText, Slot>>,
}

/// A prepared statement, and what the pool knows about it.
#[derive(Clone)]
pub(super) struct Prepared {
    pub statement: Statement,
    pub known: Arc<Known>,
}

impl Prepared {
    pub fn new(statement: Statement, sql: &SqlText, labels: Labels, knowledge: &Knowledge) -> Self {
        let known = knowledge.of(sql);
        known.set_labels(labels);
        known.set_params(statement.params());
        Self { statement, known }
    }
}

enum Slot {
    Ready(Prepared),
    /// A task is preparing the statement; the channel closes when it is done.
    Coming(watch::Receiver<()>),
}

/// The result of asking for a statement that was not ready.
pub(super) enum Claim {
    Ready(Prepared),
    /// Another task prepares the statement: wait until the channel closes, and ask again.
    Wait(watch::Receiver<()>),
    /// The caller has to prepare the statement, call [`Statements::settle`], and then drop this.
    Mine(watch::Sender<()>),
}

impl Statements {
    pub fn ready(&self, sql: &str) -> Option<Prepared> {
        match self.slots.read().unwrap_or_else(PoisonError::into_inner).get(sql)? {
            Slot::Ready(prepared) => Some(prepared.clone()),
            Slot::Coming(_) => None,
        }
    }

    pub fn claim(&self, sql: &SqlText) -> Claim {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        match slots.get(sql) {
            Some(Slot::Ready(prepared)) => return Claim::Ready(prepared.clone()),
            // A closed channel was left behind by a task that ended with its runtime.
            Some(Slot::Coming(coming)) if coming.has_changed().is_ok() => return Claim::Wait(coming.clone()),
            _ => {}
        }
        if slots.len() >= MOST {
            slots.retain(|sql, slot| matches!(sql, SqlText::Borrowed(_)) || matches!(slot, Slot::Coming(_)));
        }
        let (done, coming) = watch::channel(());
        slots.insert(sql.clone(), Slot::Coming(coming));
        Claim::Mine(done)
    }

    /// Stores a statement that was prepared, or removes the mark that a task is preparing it.
    pub fn settle(&self, sql: SqlText, prepared: Option<&Prepared>) {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        match prepared {
            Some(prepared) => slots.insert(sql, Slot::Ready(prepared.clone())),
            None => slots.remove(&sql),
        };
    }

    /// Has a statement prepared anew the next time.
    pub fn forget(&self, sql: &str) {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        if matches!(slots.get(sql), Some(Slot::Ready(_))) {
            slots.remove(sql);
        }
    }

    /// Has every statement prepared anew.
    pub fn clear(&self) {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|_, slot| matches!(slot, Slot::Coming(_)));
    }
}
