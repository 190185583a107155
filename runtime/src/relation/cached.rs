//! Caches of the rows that were loaded through references, one for each connection of the manifest.

use std::{sync::Arc, time::Duration};

use crate::cache::Caches;

/// How many rows the cache of a reference keeps, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheSettings {
    pub(crate) capacity: u64,
    pub(crate) time_to_live: Duration,
}

impl CacheSettings {
    /// Keeps at most `capacity` rows, none of them longer than `time_to_live`: for so long a write of another program
    /// may stay unseen.
    pub const fn new(capacity: u64, time_to_live: Duration) -> Self {
        Self { capacity, time_to_live }
    }
}

/// What the cache of a reference has done since the program began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// The number of keys for which the cache had a row.
    pub hits: u64,
    /// The number of keys for which it had none, so that the database was asked.
    pub misses: u64,
    /// The number of rows in the cache, including those that a write has outdated.
    pub entries: u64,
}

/// The rows of one reference in the cache of one connection.
pub(crate) trait CachedRows<T, K>: Send + Sync {
    /// The generation that rows belong to if they are read from now on.
    fn generation(&self) -> u64;
    /// The cached row with this key, if it is of this generation.
    fn get(&self, key: &K, generation: u64) -> Option<T>;
    /// Caches a row that was read in this generation.
    fn put(&self, key: K, generation: u64, row: &T);
    #[cfg(feature = "cache")]
    fn stats(&self) -> CacheStats;
}

/// A function that finds the cache of a reference among those of a connection.
pub(crate) type OpenCache<T, K> = fn(&Caches, Cached<T, K>) -> Arc<dyn CachedRows<T, K>>;

/// The settings of a reference's cache, and how to find it.
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
    pub fn of(self, caches: &Caches) -> Arc<dyn CachedRows<T, K>> {
        (self.open)(caches, self)
    }
}
