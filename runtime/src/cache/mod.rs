//! Rows that were loaded through references, kept per connection; and what this program wrote since.
//!
//! A row is kept with the generation of its table: a number that every write of this program to the table raises once
//! it is over. A row of an earlier generation is passed over, so a write costs one addition, and a row that was read
//! before a write cannot come back after it, whenever it is stored.

#[cfg(feature = "cache")]
mod store;
mod written;

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

pub(crate) use written::{Noting, Written};

/// How much of what a reference leads to is kept, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheSettings {
    pub(crate) capacity: u64,
    pub(crate) time_to_live: Duration,
}

impl CacheSettings {
    /// At most `capacity` rows, none of them longer than `time_to_live`: so long may another program's write stay
    /// unseen.
    pub const fn new(capacity: u64, time_to_live: Duration) -> Self {
        Self { capacity, time_to_live }
    }
}

/// What a cache did since the program began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// How many keys were found in it.
    pub hits: u64,
    /// How many were not, and were asked for.
    pub misses: u64,
    /// How many rows it keeps, those included that a write has made useless.
    pub entries: u64,
}

/// The rows of one reference that are kept for one connection.
pub(crate) trait Rows<T, K>: Send + Sync {
    /// What the rows that are read from now on belong to.
    fn generation(&self) -> u64;
    /// The row with that key.
    fn get(&self, key: &K, generation: u64) -> Option<T>;
    /// Keeps a row that was read in that generation.
    fn put(&self, key: K, generation: u64, row: &T);
    #[cfg(feature = "cache")]
    fn stats(&self) -> CacheStats;
}

/// The caches of one connection.
#[derive(Default)]
pub(crate) struct Caches {
    /// Raised by writes that may have gone to any table.
    any_table: Arc<AtomicU64>,
    /// By model; only of those that are cached.
    tables: RwLock<HashMap<&'static str, Arc<AtomicU64>>>,
    #[cfg(feature = "cache")]
    stores: RwLock<store::Stores>,
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
}

impl fmt::Debug for Caches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caches").finish_non_exhaustive()
    }
}

/// How a reference finds its cache among those of a connection.
pub(crate) type OpenCache<T, K> = fn(&Caches, Cached<T, K>) -> Arc<dyn Rows<T, K>>;

/// The cache of a reference.
pub(crate) struct Cached<T, K> {
    #[cfg(feature = "cache")]
    pub settings: CacheSettings,
    /// The column that holds the ID.
    #[cfg(feature = "cache")]
    pub column: &'static str,
    pub open: OpenCache<T, K>,
}

impl<T, K> Clone for Cached<T, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, K> Copy for Cached<T, K> {}

impl<T, K> Cached<T, K> {
    pub fn of(self, caches: &Caches) -> Arc<dyn Rows<T, K>> {
        (self.open)(caches, self)
    }
}
