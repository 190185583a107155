//! Caches of rows, built on moka.

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

/// The cached rows of one reference.
struct RowStore<T, K> {
    rows: moka::sync::Cache<K, (u64, T)>,
    /// The generation of the table that the rows are from.
    generation: Generation,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// The longest time to live, a century: moka panics from a thousand years on.
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

    /// The cache of a reference of `M`, which is created when it is first asked for.
    fn open<M: Model>(caches: &Caches, cached: Cached<T, K>) -> Arc<dyn CachedRows<T, K>> {
        let key = (TypeId::of::<(M, T, K)>(), cached.column);
        let store = caches.store(key, || Arc::new(Self::new(caches, cached.settings)));
        match store.downcast::<Self>() {
            Ok(store) => store,
            // Not reached: the store's key contains its type.
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
    /// The same reference, with a cache on each connection to the database that it leads to.
    #[must_use]
    pub const fn cached(self, settings: CacheSettings) -> Self {
        self.with_cache(settings, RowStore::<T, K>::open::<M>)
    }

    /// The hits and misses of the reference's cache on the executor's connection; zeros where it has no cache.
    pub fn cache_stats(&self, executor: impl Executor<T::Db>) -> CacheStats {
        match (self.cache(), caches_of(executor.target())) {
            (Some(cached), Some(caches)) => cached.of(caches).stats(),
            _ => CacheStats::default(),
        }
    }

    /// Forgets the cached rows of the reference's table on the executor's connection, in the caches of all references
    /// to that table: for when another program has written to it.
    pub fn forget(&self, executor: impl Executor<T::Db>) {
        if let Some(caches) = caches_of(executor.target()) {
            caches.written(T::NAME);
        }
    }
}

/// The caches of the connection that a target belongs to, whichever of its executors it is.
fn caches_of(target: Target<'_>) -> Option<&Caches> {
    match target {
        Target::Pool(pool)
        | Target::Primary(pool)
        | Target::Exclusive(pool)
        | Target::GroupCommit(pool)
        | Target::ReadOnly(pool, _) => Some(pool.caches()),
        Target::Connection(session) | Target::Transaction(session) => session.written().caches(),
    }
}
