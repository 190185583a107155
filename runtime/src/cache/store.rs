//! Caches by moka.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{CacheSettings, CacheStats, Cached, Caches, Rows};
use crate::{
    executor::{Executor, Target},
    model::Model,
    relation::{Reference, RelationKey},
};

/// By the types of a reference, and its column.
pub(super) type Stores = HashMap<(TypeId, &'static str), Arc<dyn Any + Send + Sync>>;

/// A moka cache, and the generation of the table that its rows are from.
struct Store<T, K> {
    rows: moka::sync::Cache<K, (u64, T)>,
    table: Arc<AtomicU64>,
    any_table: Arc<AtomicU64>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// A century: moka panics from a thousand years on.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl<T: Model + Clone, K: RelationKey> Store<T, K> {
    fn new(caches: &Caches, settings: CacheSettings) -> Self {
        let mut tables = caches.tables.write().unwrap_or_else(PoisonError::into_inner);
        let builder = moka::sync::Cache::builder().max_capacity(settings.capacity);
        Self {
            rows: builder.time_to_live(settings.time_to_live.min(LONGEST)).build(),
            table: Arc::clone(tables.entry(T::NAME).or_default()),
            any_table: Arc::clone(&caches.any_table),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// The cache of a reference of `M`, made when it is first asked for.
    fn open<M: Model>(caches: &Caches, cached: Cached<T, K>) -> Arc<dyn Rows<T, K>> {
        let key = (TypeId::of::<(M, T, K)>(), cached.column);
        let known = caches.stores.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let store = known.unwrap_or_else(|| {
            let mut stores = caches.stores.write().unwrap_or_else(PoisonError::into_inner);
            let made = || Arc::new(Self::new(caches, cached.settings)) as _;
            Arc::clone(stores.entry(key).or_insert_with(made))
        });
        match store.downcast::<Self>() {
            Ok(store) => store,
            // Its key holds its type.
            Err(_) => Arc::new(Self::new(caches, cached.settings)),
        }
    }
}

impl<T: Model + Clone, K: RelationKey> Rows<T, K> for Store<T, K> {
    fn generation(&self) -> u64 {
        self.table.load(Ordering::SeqCst).wrapping_add(self.any_table.load(Ordering::SeqCst))
    }

    fn get(&self, key: &K, generation: u64) -> Option<T> {
        let row = self.rows.get(key).filter(|(of, _)| *of == generation).map(|(_, row)| row);
        let counter = if row.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
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
        self.with_cache(settings, Store::<T, K>::open::<M>)
    }

    /// What its cache did, on the connection that the executor stands for. Zeros where it has none.
    pub fn cache_stats(&self, executor: impl Executor<T::Db>) -> CacheStats {
        match (self.cache(), executor.target()) {
            (Some(cached), Target::Pool(pool)) => cached.of(pool.caches()).stats(),
            _ => CacheStats::default(),
        }
    }

    /// Passes over what was kept until now, on the connection that the executor stands for: another program wrote to
    /// the table. The other caches of rows of that table pass over theirs, too.
    pub fn forget(&self, executor: impl Executor<T::Db>) {
        if let Target::Pool(pool) | Target::Primary(pool) = executor.target() {
            pool.caches().written(T::NAME);
        }
    }
}
