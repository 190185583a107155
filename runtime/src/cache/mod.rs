//! What this program wrote to the tables of one connection, and what is kept of their rows until then.
//!
//! A row is kept with the generation of its table: a number that every write of this program to the table raises once
//! it is over. A row of an earlier generation is passed over, so a write costs one addition, and a row that was read
//! before a write cannot come back after it, whenever it is stored.

mod written;

#[cfg(feature = "cache")]
use std::any::{Any, TypeId};
use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

pub(crate) use self::written::Written;

/// The caches of one connection.
#[derive(Default)]
pub(crate) struct Caches {
    /// Raised by writes that may have gone to any table.
    any_table: Arc<AtomicU64>,
    /// By model; only of those that are cached.
    tables: RwLock<HashMap<&'static str, Arc<AtomicU64>>>,
    /// By the types of a reference, and its column.
    #[cfg(feature = "cache")]
    stores: RwLock<HashMap<StoreKey, Store>>,
}

/// The types of a reference, and its column.
#[cfg(feature = "cache")]
pub(crate) type StoreKey = (TypeId, &'static str);

/// What a reference keeps; its key holds its type.
#[cfg(feature = "cache")]
pub(crate) type Store = Arc<dyn Any + Send + Sync>;

/// The number of writes that a cached table has seen.
#[cfg(feature = "cache")]
pub(crate) struct Generation {
    table: Arc<AtomicU64>,
    any_table: Arc<AtomicU64>,
}

impl Caches {
    /// A write to the model's table is over.
    pub fn written(&self, model: &'static str) {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = tables.get(model) {
            table.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Any table may have been written to.
    pub fn all_written(&self) {
        self.any_table.fetch_add(1, Ordering::SeqCst);
    }

    /// The generation of the model's table, which is counted from now on.
    #[cfg(feature = "cache")]
    pub fn generation(&self, model: &'static str) -> Generation {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        let table = Arc::clone(tables.entry(model).or_default());
        Generation { table, any_table: Arc::clone(&self.any_table) }
    }

    /// What is kept under that key, made when it is first asked for.
    #[cfg(feature = "cache")]
    pub fn store(&self, key: StoreKey, make: impl FnOnce() -> Store) -> Store {
        let known = self.stores.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let mut stores = self.stores.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(stores.entry(key).or_insert_with(make))
        })
    }
}

#[cfg(feature = "cache")]
impl Generation {
    pub fn now(&self) -> u64 {
        self.table.load(Ordering::SeqCst).wrapping_add(self.any_table.load(Ordering::SeqCst))
    }
}

impl fmt::Debug for Caches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caches").finish_non_exhaustive()
    }
}
