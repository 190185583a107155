//! How a transaction begins, and how often it is run again.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// Which changes of other transactions a transaction sees
/// (<https://www.postgresql.org/docs/current/transaction-iso.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Each statement sees what was committed before it began.
    ReadCommitted,
    /// All statements see what was committed before the first of them began.
    RepeatableRead,
    /// Transactions have the effect that they would have one after the other; where the server cannot ensure this, it
    /// makes one fail, and the program has to run that one again.
    Serializable,
}

/// The options with which a transaction begins. An option that is not set has the server's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransactionOptions {
    isolation: Option<Isolation>,
    read_only: bool,
    deferrable: bool,
}

impl TransactionOptions {
    /// Options of which none is set.
    pub const fn new() -> Self {
        Self { isolation: None, read_only: false, deferrable: false }
    }

    /// Sets the isolation level.
    #[must_use]
    pub const fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = Some(isolation);
        self
    }

    /// Makes the server refuse writes in the transaction. (In a transaction of
    /// [`Pool::read_only`](crate::Pool::read_only) they do not compile.)
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Makes the transaction wait until it can run without a serialization failure: of use for a long serializable
    /// transaction that only reads.
    #[must_use]
    pub const fn deferrable(mut self) -> Self {
        self.deferrable = true;
        self
    }

    /// Whether a replica refuses such a transaction
    /// (<https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-CAVEATS>).
    pub(crate) fn needs_primary(self) -> bool {
        self.isolation == Some(Isolation::Serializable)
    }

    pub(super) fn begin(self) -> String {
        let mut sql = String::from("BEGIN");
        sql.push_str(match self.isolation {
            None => "",
            Some(Isolation::ReadCommitted) => " ISOLATION LEVEL READ COMMITTED",
            Some(Isolation::RepeatableRead) => " ISOLATION LEVEL REPEATABLE READ",
            Some(Isolation::Serializable) => " ISOLATION LEVEL SERIALIZABLE",
        });
        sql.push_str(if self.read_only { " READ ONLY" } else { "" });
        sql.push_str(if self.deferrable { " DEFERRABLE" } else { "" });
        sql
    }
}

/// How often a transaction is run again, for how long at most, and how long the pauses are.
///
/// Each pause is up to twice as long as the one before. Its length within this bound is random, because transactions
/// that conflicted once would otherwise conflict again.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::{Isolation, Result, Retries, TransactionOptions};
///
/// async fn example(dbs: &Databases) -> Result<u64> {
///     let options = TransactionOptions::new().isolation(Isolation::Serializable);
///     dbs.crm
///         .retry(options, Retries::new(3), async |tx| {
///             let count = Customer::query().count(tx).await?;
///             let visits = i32::try_from(count).unwrap_or(i32::MAX);
///             Customer::find(1).update().set(Customer::VISITS, visits).execute(tx).await
///         })
///         .await
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    most: u32,
    first_pause: Duration,
    deadline: Option<Duration>,
}

impl Retries {
    /// Runs the transaction again at most this many times after the first, with pauses from 10 milliseconds on.
    pub const fn new(most: u32) -> Self {
        Self { most, first_pause: Duration::from_millis(10), deadline: None }
    }

    /// Sets the length of the first pause.
    #[must_use]
    pub const fn first_pause(mut self, pause: Duration) -> Self {
        self.first_pause = pause;
        self
    }

    /// Starts no further attempt once this much time has passed since the first one began.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The pause after failed attempt number `attempt`, counted from 0, with `passed` the time since the first began;
    /// `None` if there is to be no further attempt.
    pub(super) fn pause(self, attempt: u32, passed: Duration) -> Option<Duration> {
        let chance = RandomState::new().hash_one(attempt) % 1024;
        let pause = self.longest_pause(attempt);
        // The pause is random between half the bound and the bound.
        let pause = pause / 2 + (pause / 2).saturating_mul(u32::try_from(chance).unwrap_or(0)) / 1024;
        let is_over = self.deadline.is_some_and(|deadline| passed + pause > deadline);
        (attempt < self.most && !is_over).then_some(pause)
    }

    /// The upper bound of a pause, never more than ten seconds.
    fn longest_pause(self, attempt: u32) -> Duration {
        self.first_pause.saturating_mul(1 << attempt.min(16)).min(Duration::from_secs(10))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_begins_as_its_options_say() {
        let options = TransactionOptions::new();
        assert_eq!(options.begin(), "BEGIN");
        let options = options.isolation(Isolation::Serializable).read_only().deferrable();
        assert_eq!(options.begin(), "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE");
    }

    #[test]
    fn pauses_double_up_to_a_bound() {
        let retries = Retries::new(u32::MAX).first_pause(Duration::from_millis(5));
        for (attempt, longest) in [(0, 5), (3, 40), (u32::MAX - 1, 10_000)] {
            let longest = Duration::from_millis(longest);
            assert_eq!(retries.longest_pause(attempt), longest);
            let pauses: Vec<_> = (0..50).filter_map(|_| retries.pause(attempt, Duration::ZERO)).collect();
            assert!(pauses.len() == 50 && pauses.iter().all(|pause| (longest / 2..=longest).contains(pause)));
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "chance has no part in it");
        }
    }

    #[test]
    fn retries_end_by_number_and_by_time() {
        let retries = Retries::new(2).deadline(Duration::from_secs(1));
        assert!(retries.pause(1, Duration::from_millis(900)).is_some());
        assert_eq!(retries.pause(2, Duration::ZERO), None);
        assert_eq!(retries.pause(0, Duration::from_secs(1)), None);
    }
}
