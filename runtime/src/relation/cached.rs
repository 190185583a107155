//! Rows that were loaded through references, kept per connection.

use std::{sync::Arc, time::Duration};

use crate::cache::Caches;

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
pub(crate) trait CachedRows<T, K>: Send + Sync {
    /// What the rows that are read from now on belong to.
    fn generation(&self) -> u64;
    /// The row with that key.
    fn get(&self, key: &K, generation: u64) -> Option<T>;
    /// Keeps a row that was read in that generation.
    fn put(&self, key: K, generation: u64, row: &T);
    #[cfg(feature = "cache")]
    fn stats(&self) -> CacheStats;
}

/// How a reference finds its cache among those of a connection.
pub(crate) type OpenCache<T, K> = fn(&Caches, Cached<T, K>) -> Arc<dyn CachedRows<T, K>>;

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
    pub fn of(self, caches: &Caches) -> Arc<dyn CachedRows<T, K>> {
        (self.open)(caches, self)
    }
}
