//! The statements prepared on one connection, each of them once.

use std::{
    borrow::Cow,
    sync::{PoisonError, RwLock},
};

use foldhash::HashMap;
use tokio::sync::watch;
use tokio_postgres::Statement;

/// Statements kept per connection. Shapes are few; this bounds a program that builds ever new ones.
const MOST: usize = 1024;

type Text = Cow<'static, str>;

#[derive(Default)]
pub(super) struct Statements {
    slots: RwLock<HashMap<Text, Slot>>,
}

enum Slot {
    Ready(Statement),
    /// Somebody is at it; the channel closes when they are done.
    Coming(watch::Receiver<()>),
}

/// What there is of a statement that was not ready.
pub(super) enum Claim {
    Ready(Statement),
    /// Somebody else prepares it: wait until this closes, and ask again.
    Wait(watch::Receiver<()>),
    /// It is the caller's to prepare: [`Statements::settle`], then drop this.
    Mine(watch::Sender<()>),
}

impl Statements {
    pub fn ready(&self, sql: &str) -> Option<Statement> {
        match self.slots.read().unwrap_or_else(PoisonError::into_inner).get(sql)? {
            Slot::Ready(statement) => Some(statement.clone()),
            Slot::Coming(_) => None,
        }
    }

    pub fn claim(&self, sql: &Text) -> Claim {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        match slots.get(sql) {
            Some(Slot::Ready(statement)) => return Claim::Ready(statement.clone()),
            // A closed channel is the rest of a task that ended with its runtime.
            Some(Slot::Coming(coming)) if coming.has_changed().is_ok() => return Claim::Wait(coming.clone()),
            _ => {}
        }
        if slots.len() >= MOST {
            slots.retain(|sql, slot| matches!(sql, Cow::Borrowed(_)) || matches!(slot, Slot::Coming(_)));
        }
        let (done, coming) = watch::channel(());
        slots.insert(sql.clone(), Slot::Coming(coming));
        Claim::Mine(done)
    }

    /// Keeps a statement that was prepared, or forgets that somebody tried.
    pub fn settle(&self, sql: Text, prepared: Option<&Statement>) {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        match prepared {
            Some(statement) => slots.insert(sql, Slot::Ready(statement.clone())),
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
}
