//! The cached rows of one connection's tables, and the count of this program's writes that outdates them.
//!
//! A row is cached with the generation of its table: a number that each write of this program to the table raises once
//! the write is over. A lookup ignores rows of an earlier generation, so a write costs one addition, and a row that was
//! read before a write is never used after it, even if it is cached later.

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
    /// How many writes there were that may have changed any table.
    any_table: Arc<AtomicU64>,
    /// For each model whose rows a reference caches: how many writes there were to its table.
    tables: RwLock<HashMap<&'static str, Arc<AtomicU64>>>,
    /// The cache of each reference, by the reference's types and column.
    #[cfg(feature = "cache")]
    stores: RwLock<HashMap<StoreKey, Store>>,
}

/// The types of a reference, and its column.
#[cfg(feature = "cache")]
pub(crate) type StoreKey = (TypeId, &'static str);

/// The cached rows of one reference, whose type is in the key.
#[cfg(feature = "cache")]
pub(crate) type Store = Arc<dyn Any + Send + Sync>;

/// The number of writes to a cached table.
#[cfg(feature = "cache")]
pub(crate) struct Generation {
    table: Arc<AtomicU64>,
    any_table: Arc<AtomicU64>,
}

impl Caches {
    /// Notes that a write to the model's table is over.
    pub fn written(&self, model: &'static str) {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = tables.get(model) {
            table.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Whether rows of any table are cached.
    pub fn are_used(&self) -> bool {
        !self.tables.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Notes that any table may have been written to.
    pub fn all_written(&self) {
        self.any_table.fetch_add(1, Ordering::SeqCst);
    }

    /// The generation of the model's table, whose writes are counted from now on.
    #[cfg(feature = "cache")]
    pub fn generation(&self, model: &'static str) -> Generation {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        let table = Arc::clone(tables.entry(model).or_default());
        Generation { table, any_table: Arc::clone(&self.any_table) }
    }

    /// The cache for this key, made when it is first asked for.
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
