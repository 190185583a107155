//! What a pool has learned of each statement on its server: how long it takes, and what its values travel as.

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

pub(super) type Text = Cow<'static, str>;

/// Statements that are known of. Shapes are few; this bounds a program that builds ever new ones.
const MOST: usize = 4096;

/// How often a statement was measured before anything may wait behind it.
const MEASURED_ENOUGH: u32 = 16;

/// How many round trips the work may take that a caller's statement waits behind on a shared connection.
///
/// Sharing spares a statement its round trip and the system calls of both sides. Where its own work is many times that,
/// there is next to nothing to be spared, and whoever waits behind it would be better off elsewhere. The unit is the
/// connection's own round trip, so that a server that is far away does not look like one that is slow.
const WORTH: u32 = 16;

/// What is known of the statements of one server.
#[derive(Default)]
pub(super) struct Knowledge {
    statements: RwLock<HashMap<Text, Arc<Known>>>,
}

/// What is known of one statement.
pub(super) struct Known {
    pub sql: Text,
    /// What it takes beyond a round trip, on average, in nanoseconds. It rises fast and falls slowly: a statement that
    /// takes long now and then is one that takes long.
    work: AtomicU64,
    measured: AtomicU32,
    /// The types of its values, as they were when it was last prepared.
    params: RwLock<Option<Arc<[Type]>>>,
    /// Held by whoever has it described, for all that wait for that.
    pub describing: tokio::sync::Mutex<()>,
    /// The text of the statement that finds many keys.
    for_many: OnceLock<Text>,
}

impl Knowledge {
    pub fn of(&self, sql: &Text) -> Arc<Known> {
        if let Some(known) = self.statements.read().unwrap_or_else(PoisonError::into_inner).get(sql) {
            return Arc::clone(known);
        }
        let mut statements = self.statements.write().unwrap_or_else(PoisonError::into_inner);
        if statements.len() >= MOST {
            statements.retain(|sql, _| matches!(sql, Cow::Borrowed(_)));
        }
        Arc::clone(statements.entry(sql.clone()).or_insert_with(|| Arc::new(Known::new(sql.clone()))))
    }

    /// What is known of a statement that was run before.
    pub fn get(&self, sql: &str) -> Option<Arc<Known>> {
        self.statements.read().unwrap_or_else(PoisonError::into_inner).get(sql).cloned()
    }
}

impl Known {
    fn new(sql: Text) -> Self {
        Self {
            sql,
            work: AtomicU64::new(0),
            measured: AtomicU32::new(0),
            params: RwLock::default(),
            describing: tokio::sync::Mutex::default(),
            for_many: OnceLock::new(),
        }
    }

    /// Notes how long it took the server, its round trip left out.
    pub fn measure(&self, work: Duration) {
        let work = u64::try_from(work.as_nanos()).unwrap_or(u64::MAX);
        let before = self.work.load(Ordering::Relaxed);
        let after = if work > before { before + (work - before) / 8 } else { before - (before - work) / 32 };
        // Two at once may overwrite each other's: an average can do without one of many.
        self.work.store(after, Ordering::Relaxed);
        if self.measured.load(Ordering::Relaxed) < MEASURED_ENOUGH {
            self.measured.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What it takes beyond a round trip; none while that is not known well enough.
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

    /// The statement that finds many keys in place of this one, which finds one.
    pub fn for_many(&self, text: fn() -> String) -> &Text {
        self.for_many.get_or_init(|| text().into())
    }
}

/// How much work may stand before a caller on a connection with this round trip.
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
