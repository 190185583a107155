//! Metrics, for whatever recorder the program installs.

use std::{
    sync::{Arc, LazyLock, PoisonError, RwLock},
    time::Duration,
};

use foldhash::HashMap;
use metrics::{Key, Label, Level, Metadata, gauge, with_recorder};

use super::{ConnectionCounts, operation};
use crate::{
    error::{Alias, Error},
    sql::Statement,
};

/// The seconds that each statement took, by OpenTelemetry's name for them.
const DURATION: &str = "db.client.operation.duration";
/// How many statements failed.
const ERRORS: &str = "ormgen.errors";
/// The seconds that each caller waited for a connection.
const WAIT: &str = "db.client.connection.wait_time";
/// How many connections are open, idle and used.
const COUNT: &str = "db.client.connection.count";
/// How many connections may be open.
const MOST: &str = "db.client.connection.max";
/// How many callers wait for a connection.
const PENDING: &str = "db.client.connection.pending_requests";
/// How many keys a reference's cache had a row for, and how many it had none for.
#[cfg(feature = "cache")]
const HITS: &str = "ormgen.cache.hits";
#[cfg(feature = "cache")]
const MISSES: &str = "ormgen.cache.misses";
/// How many seconds a replica is behind its primary.
const LAG: &str = "ormgen.replica.lag";

const ABOUT: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

/// A metric with its labels. There are few different ones, so that each one's key is made once and kept.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Measured {
    metric: &'static str,
    connection: Option<Alias>,
    model: &'static str,
    verb: &'static str,
    operation: &'static str,
    error: Option<&'static str>,
}

impl Measured {
    fn of(metric: &'static str, connection: Option<&Alias>, model: &'static str) -> Self {
        Self { metric, connection: connection.cloned(), model, verb: "", operation: "", error: None }
    }

    /// The metric's name and labels as recorders take them, made at the first call.
    fn key(self) -> Arc<Key> {
        static KEYS: LazyLock<RwLock<HashMap<Measured, Arc<Key>>>> = LazyLock::new(RwLock::default);
        let known = KEYS.read().unwrap_or_else(PoisonError::into_inner).get(&self).cloned();
        known.unwrap_or_else(|| {
            let key = Arc::new(Key::from_parts(self.metric, self.labels()));
            KEYS.write().unwrap_or_else(PoisonError::into_inner).insert(self, Arc::clone(&key));
            key
        })
    }

    fn labels(&self) -> Vec<Label> {
        let connection = self.connection.iter().map(|name| Label::new("connection", Arc::clone(name)));
        let others = [
            ("model", self.model),
            ("statement", self.verb),
            ("db.operation.name", self.operation),
            ("error.type", self.error.unwrap_or_default()),
        ];
        let others = others.into_iter().filter(|(_, value)| !value.is_empty());
        connection.chain(others.map(|(name, value)| Label::from_static_parts(name, value))).collect()
    }
}

fn measure(what: Measured, time: Duration) {
    with_recorder(|recorder| recorder.register_histogram(&what.key(), &ABOUT).record(time.as_secs_f64()));
}

fn count(what: Measured) {
    with_recorder(|recorder| recorder.register_counter(&what.key(), &ABOUT).increment(1));
}

pub(super) fn record(connection: &Alias, statement: &Statement<'_>, took: Duration, error: Option<&Error>) {
    let what = Measured {
        verb: statement.verb,
        operation: operation(statement),
        error: error.map(Error::kind),
        ..Measured::of(DURATION, Some(connection), statement.model)
    };
    if error.is_some() {
        count(Measured { metric: ERRORS, ..what.clone() });
    }
    measure(what, took);
}

/// Reports how long a caller waited for a connection.
pub(crate) fn waited(connection: &Alias, time: Duration) {
    measure(Measured::of(WAIT, Some(connection), ""), time);
}

/// Reports whether a reference's cache had a row for a key.
#[cfg(feature = "cache")]
pub(crate) fn looked_up(model: &'static str, is_hit: bool) {
    count(Measured::of(if is_hit { HITS } else { MISSES }, None, model));
}

/// Reports how many connections to a server there are.
pub(crate) fn pool(connection: &Alias, server: &str, now: ConnectionCounts) {
    let labels =
        [Label::new("connection", Arc::clone(connection)), Label::new("server.address", server.to_owned())];
    let with = |state| [&labels[..], &[Label::from_static_parts("state", state)]].concat();
    gauge!(COUNT, with("idle")).set(now.idle as f64);
    gauge!(COUNT, with("used")).set((now.open - now.idle) as f64);
    gauge!(MOST, labels.to_vec()).set(now.most as f64);
    gauge!(PENDING, labels.to_vec()).set(now.waiting as f64);
}

/// Reports how far a replica is behind its primary: NaN where the replica does not answer.
pub(crate) fn lag(connection: &Alias, server: &str, lag: Option<Duration>) {
    let labels = vec![
        Label::new("connection", Arc::clone(connection)),
        Label::new("server.address", server.to_owned()),
    ];
    gauge!(LAG, labels).set(lag.map_or(f64::NAN, |lag| lag.as_secs_f64()));
}
