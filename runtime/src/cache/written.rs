//! The tables that a connection wrote to, until its transaction ends and other connections can see the writes.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::Caches;

/// The models whose tables a session wrote to in a transaction that has not ended.
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
    /// Sets the caches that [`tell`](Self::tell) tells of the session's writes.
    pub fn tells(&self, caches: &Arc<Caches>) {
        self.caches.get_or_init(|| Arc::clone(caches));
    }

    /// The caches that are told of the session's writes.
    #[cfg(feature = "cache")]
    pub fn caches(&self) -> Option<&Caches> {
        self.caches.get().map(|caches| &**caches)
    }

    pub fn note(&self, model: Option<&'static str>) {
        let Some(model) = model else { return self.note_all() };
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        if !pending.models.contains(&model) {
            pending.models.push(model);
        }
    }

    /// Notes that SQL of the caller's own may have written to any table.
    pub fn note_all(&self) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).all = true;
    }

    /// Tells the caches that the writes are visible to other connections, so that cached rows of these tables are
    /// outdated.
    pub fn tell(&self) {
        let pending = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(caches) = self.caches.get() else { return };
        if pending.all {
            caches.all_written();
        }
        pending.models.into_iter().for_each(|model| caches.written(model));
    }
}
