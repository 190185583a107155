//! What was written and is not yet to be seen, or has just come to be.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::Caches;

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
