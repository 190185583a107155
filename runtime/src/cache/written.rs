//! What was written and is not yet to be seen, or has just come to be.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::Caches;
use crate::{
    executor::{Intent, Target},
    pool::{Session, Shared},
    sql::Call,
};

/// The models that were written to on a session, until others can see it.
#[derive(Default)]
pub(crate) struct Written {
    caches: OnceLock<Arc<Caches>>,
    pending: Mutex<Pending>,
}

#[derive(Default)]
struct Pending {
    models: Vec<&'static str>,
    all: bool,
}

impl Written {
    /// Tells where the session's writes are made known.
    pub fn tells(&self, caches: &Arc<Caches>) {
        self.caches.get_or_init(|| Arc::clone(caches));
    }

    pub fn note(&self, model: Option<&'static str>) {
        let Some(model) = model else { return self.note_all() };
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        if !pending.models.contains(&model) {
            pending.models.push(model);
        }
    }

    /// SQL of the caller's own, which may have written to any table.
    pub fn note_all(&self) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).all = true;
    }

    /// Others can see it now.
    pub fn tell(&self) {
        let pending = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(caches) = self.caches.get() else { return };
        if pending.all {
            caches.all_written();
        }
        pending.models.into_iter().for_each(|model| caches.written(model));
    }
}

/// Notes a write when its statement is over, however it ended: one that failed may have taken effect.
pub(crate) struct Noting<'a> {
    at: At<'a>,
    /// None where it may be any.
    model: Option<&'static str>,
}

enum At<'a> {
    Pool(&'a Shared),
    Connection(&'a Session),
    Transaction(&'a Session),
}

impl<'a> Noting<'a> {
    pub fn new(target: &Target<'a>, intent: Intent, call: &Call) -> Option<Self> {
        let at = match (intent, *target) {
            (Intent::Read, _) => return None,
            (
                Intent::Write,
                Target::Pool(pool)
                | Target::Primary(pool)
                | Target::Exclusive(pool)
                | Target::GroupCommit(pool),
            ) => At::Pool(pool),
            (Intent::Write, Target::Connection(session)) => At::Connection(session),
            (Intent::Write, Target::Transaction(session)) => At::Transaction(session),
        };
        Some(Self { at, model: (!call.is_free).then_some(call.model) })
    }
}

impl Drop for Noting<'_> {
    fn drop(&mut self) {
        match self.at {
            At::Pool(pool) => match self.model {
                Some(model) => pool.caches().written(model),
                None => pool.caches().all_written(),
            },
            At::Connection(session) => {
                session.written().note(self.model);
                session.written().tell();
            }
            // Until it is committed others go on reading what was there before.
            At::Transaction(session) => session.written().note(self.model),
        }
    }
}
