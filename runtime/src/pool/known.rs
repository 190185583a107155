//! What a pool has learned about each statement on its server: how long it takes, and the types of its values.

use std::{
    borrow::Cow,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use foldhash::HashMap;
use postgres_types::Type;

use super::tags::{Labels, Tags};

pub(super) type SqlText = Cow<'static, str>;

/// The most statements that are known. Programs have few different ones; this limits a program that builds ever new
/// ones.
const MOST: usize = 4096;

/// How many times a statement must have been measured before others may wait behind it.
const MEASURED_ENOUGH: u32 = 16;

/// How much work, in round trips, may be before a caller's statement on a shared connection.
///
/// Sharing saves a statement its round trip and the system calls of both sides. If its own work is many times that,
/// there is next to nothing to save, and a caller behind it would do better on another connection. The unit is the
/// connection's own round trip, so that a distant server does not look like a slow one.
const WORTH: u32 = 16;

/// What is known about the statements of one server.
#[derive(Default)]
pub(super) struct Knowledge {
    /// The tags of the statements, if the connection has any.
    tags: Option<Tags>,
    statements: RwLock<HashMap<SqlText, Arc<Known>>>,
}

/// What is known about one statement.
pub(super) struct Known {
    pub sql: SqlText,
    /// How long the server works on the statement beyond a round trip, on average, in nanoseconds. The average rises
    /// fast and falls slowly: a statement that is sometimes slow counts as slow.
    work: AtomicU64,
    measured: AtomicU32,
    /// The types of the statement's values when it was last prepared.
    params: RwLock<Option<Arc<[Type]>>>,
    /// Locked by the caller that has the statement described, while others wait for that.
    pub describing: tokio::sync::Mutex<()>,
    /// The statement's model and verb, once it was prepared.
    labels: OnceLock<Labels>,
    /// The text of the statement that finds many keys, if this one finds one key.
    for_many: OnceLock<SqlText>,
}

impl Knowledge {
    pub fn with(tags: Option<Tags>) -> Self {
        Self { tags, statements: RwLock::default() }
    }

    /// A statement's text as it is sent.
    pub fn tagged<'t>(&self, sql: &'t str, labels: Labels) -> Cow<'t, str> {
        self.tags.as_ref().map_or(Cow::Borrowed(sql), |tags| tags.add_to(sql, labels))
    }

    pub fn of(&self, sql: &SqlText) -> Arc<Known> {
        if let Some(known) = self.statements.read().unwrap_or_else(PoisonError::into_inner).get(sql) {
            return Arc::clone(known);
        }
        let mut statements = self.statements.write().unwrap_or_else(PoisonError::into_inner);
        if statements.len() >= MOST {
            statements.retain(|sql, _| matches!(sql, Cow::Borrowed(_)));
        }
        Arc::clone(statements.entry(sql.clone()).or_insert_with(|| Arc::new(Known::new(sql.clone()))))
    }

    /// What is known about a statement that ran before.
    pub fn get(&self, sql: &str) -> Option<Arc<Known>> {
        self.statements.read().unwrap_or_else(PoisonError::into_inner).get(sql).cloned()
    }
}

impl Known {
    fn new(sql: SqlText) -> Self {
        Self {
            sql,
            work: AtomicU64::new(0),
            measured: AtomicU32::new(0),
            params: RwLock::default(),
            describing: tokio::sync::Mutex::default(),
            labels: OnceLock::new(),
            for_many: OnceLock::new(),
        }
    }

    /// Notes how long the server worked on the statement, without the round trip.
    pub fn measure(&self, work: Duration) {
        let work = u64::try_from(work.as_nanos()).unwrap_or(u64::MAX);
        let before = self.work.load(Ordering::Relaxed);
        let after = if work > before { before + (work - before) / 8 } else { before - (before - work) / 32 };
        // Two threads may overwrite each other's value: the average can do without one of many.
        self.work.store(after, Ordering::Relaxed);
        if self.measured.load(Ordering::Relaxed) < MEASURED_ENOUGH {
            self.measured.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How long the server works on the statement beyond a round trip; none until it was measured often enough.
    pub fn work(&self) -> Option<Duration> {
        (self.measured.load(Ordering::Relaxed) >= MEASURED_ENOUGH)
            .then(|| Duration::from_nanos(self.work.load(Ordering::Relaxed)))
    }

    pub fn set_params(&self, types: &[Type]) {
        *self.params.write().unwrap_or_else(PoisonError::into_inner) = Some(types.into());
    }

    pub fn params(&self) -> Option<Arc<[Type]>> {
        self.params.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set_labels(&self, labels: Labels) {
        // Another task may have prepared the statement for the same model.
        let _ = self.labels.set(labels);
    }

    /// The statement's model and verb, if it was prepared before.
    pub fn labels(&self) -> Labels {
        self.labels.get().copied().unwrap_or_default()
    }

    /// The text of the statement that finds many keys in place of this one's single key.
    pub fn for_many(&self, text: fn() -> String) -> &SqlText {
        self.for_many.get_or_init(|| text().into())
    }
}

/// How much work may be before a caller's statement on a connection with this round trip.
pub(super) fn worth(round_trip: Duration) -> Duration {
    round_trip * WORTH
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(times: impl IntoIterator<Item = u64>) -> Known {
        let known = Known::new("SELECT 1".into());
        times.into_iter().for_each(|micros| known.measure(Duration::from_micros(micros)));
        known
    }

    #[test]
    fn nothing_is_said_of_a_statement_that_was_seen_a_few_times() {
        assert_eq!(measured([10; 15]).work(), None);
        assert!(measured([10; 16]).work().is_some());
    }

    #[test]
    fn a_statement_that_is_slow_one_time_in_twenty_is_a_slow_one() {
        let mixed = (0..2000).map(|n| if n % 20 == 0 { 65_000 } else { 20 });
        let work = measured(mixed).work().expect("it was measured");
        assert!(work > Duration::from_millis(5), "{work:?}");
    }

    #[test]
    fn a_statement_that_has_become_fast_is_known_as_one_in_time() {
        let work = measured([5_000; 50].into_iter().chain([20; 300])).work().expect("it was measured");
        assert!(work < Duration::from_micros(100), "{work:?}");
    }
}
