//! How a transaction is begun, and how often it is tried.

use std::time::Duration;

/// What a transaction sees of others
/// (<https://www.postgresql.org/docs/current/transaction-iso.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Each statement sees what was committed before it.
    ReadCommitted,
    /// All statements see what was committed before the first of them.
    RepeatableRead,
    /// As if one transaction ran after the other; some fail and are to be tried again.
    Serializable,
}

/// How a transaction is begun. What is not said is the server's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransactionOptions {
    isolation: Option<Isolation>,
    read_only: bool,
    deferrable: bool,
}

impl TransactionOptions {
    /// As the server's defaults say.
    pub const fn new() -> Self {
        Self { isolation: None, read_only: false, deferrable: false }
    }

    /// With this isolation level.
    #[must_use]
    pub const fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = Some(isolation);
        self
    }

    /// The server refuses writes in it. (In a transaction of [`Pool::read_only`](crate::Pool::read_only) they do not
    /// compile.)
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Waits until it cannot fail: of use for a long serializable transaction that only reads.
    #[must_use]
    pub const fn deferrable(mut self) -> Self {
        self.deferrable = true;
        self
    }

    /// Whether a replica refuses it (<https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-CAVEATS>).
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

/// How often a transaction is run again, and how long the pauses are: each is twice the one before.
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
    pub(crate) most: u32,
    first_pause: Duration,
}

impl Retries {
    /// At most this many times after the first, with pauses from 10 milliseconds on.
    pub const fn new(most: u32) -> Self {
        Self { most, first_pause: Duration::from_millis(10) }
    }

    /// With a first pause of this length.
    #[must_use]
    pub const fn first_pause(mut self, pause: Duration) -> Self {
        self.first_pause = pause;
        self
    }

    /// The pause after a failed attempt, counted from 0; ten seconds at most.
    pub(crate) fn pause(self, attempt: u32) -> Duration {
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
        let retries = Retries::new(3).first_pause(Duration::from_millis(5));
        assert_eq!(retries.pause(0), Duration::from_millis(5));
        assert_eq!(retries.pause(3), Duration::from_millis(40));
        assert_eq!(retries.pause(u32::MAX), Duration::from_secs(10));
    }
}
