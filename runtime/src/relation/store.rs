//! Caches by moka.

use std::{
    any::TypeId,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    Reference, RelationKey,
    cached::{CacheSettings, CacheStats, Cached, CachedRows},
};
use crate::{
    cache::{Caches, Generation},
    executor::Executor,
    model::Model,
    observe,
    pool::Target,
};

/// The rows that a reference keeps.
struct RowStore<T, K> {
    rows: moka::sync::Cache<K, (u64, T)>,
    /// That of the table that they are from.
    generation: Generation,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// A century: moka panics from a thousand years on.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl<T: Model + Clone, K: RelationKey> RowStore<T, K> {
    fn new(caches: &Caches, settings: CacheSettings) -> Self {
        let builder = moka::sync::Cache::builder().max_capacity(settings.capacity);
        Self {
            rows: builder.time_to_live(settings.time_to_live.min(LONGEST)).build(),
            generation: caches.generation(T::NAME),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// The cache of a reference of `M`, made when it is first asked for.
    fn open<M: Model>(caches: &Caches, cached: Cached<T, K>) -> Arc<dyn CachedRows<T, K>> {
        let key = (TypeId::of::<(M, T, K)>(), cached.column);
        let store = caches.store(key, || Arc::new(Self::new(caches, cached.settings)));
        match store.downcast::<Self>() {
            Ok(store) => store,
            // Its key holds its type.
            Err(_) => Arc::new(Self::new(caches, cached.settings)),
        }
    }
}

impl<T: Model + Clone, K: RelationKey> CachedRows<T, K> for RowStore<T, K> {
    fn generation(&self) -> u64 {
        self.generation.now()
    }

    fn get(&self, key: &K, generation: u64) -> Option<T> {
        let row = self.rows.get(key).filter(|(of, _)| *of == generation).map(|(_, row)| row);
        let counter = if row.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        observe::looked_up(T::NAME, row.is_some());
        row
    }

    fn put(&self, key: K, generation: u64, row: &T) {
        self.rows.insert(key, (generation, row.clone()));
    }

    fn stats(&self) -> CacheStats {
        self.rows.run_pending_tasks();
        CacheStats {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            entries: self.rows.entry_count(),
        }
    }
}

impl<M: Model, T: Model + Clone, K: RelationKey> Reference<M, T, K> {
    /// The same, with a cache on each connection to the database that it leads to.
    #[must_use]
    pub const fn cached(self, settings: CacheSettings) -> Self {
        self.with_cache(settings, RowStore::<T, K>::open::<M>)
    }

    /// How often the reference's cache was hit and missed on the executor's connection; zeros where it has no cache.
    pub fn cache_stats(&self, executor: impl Executor<T::Db>) -> CacheStats {
        match (self.cache(), executor.target()) {
            (Some(cached), Target::Pool(pool) | Target::ReadOnly(pool, None)) => {
                cached.of(pool.caches()).stats()
            }
            _ => CacheStats::default(),
        }
    }

    /// Forgets the rows that are kept of the reference's table on the executor's connection, in the caches of all
    /// references to it: for when another program wrote to the table.
    pub fn forget(&self, executor: impl Executor<T::Db>) {
        if let Target::Pool(pool) | Target::Primary(pool) | Target::ReadOnly(pool, _) = executor.target() {
            pool.caches().written(T::NAME);
        }
    }
}
