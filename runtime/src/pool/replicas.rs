//! The servers that follow the primary: which of them are fit to be read from, and which is the least busy.
//!
//! A task looks at them once a second. A replica is fit if it answers, follows (one that was promoted does not), and has
//! what the primary had `max_lag` ago: both are places in the log, so that clocks that differ do not matter, and a primary
//! to which nothing is written does not make its replicas look late. One that fails a caller is left out at once, until it
//! is looked at again. While the primary does not answer, its replicas are as late as they were when it last did.

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::runtime::Handle;

use super::{lease::Lease, seen::parse_position, server::Server};
use crate::{
    error::{Alias, Error, Result},
    observe,
};

/// The longest time between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a server may take to say how far it is, a connection included.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a read that is to see a write waits for a replica that has it, before the primary serves it.
const CATCH_UP: Duration = Duration::from_millis(100);

/// How far a server is, and whether it follows another.
const POSITION: &str = "SELECT pg_catalog.pg_is_in_recovery(), CASE WHEN pg_catalog.pg_is_in_recovery() \
     THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_insert_lsn() END";

/// How a replica is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplicaStatus {
    /// Its host and port; no user, no password.
    pub host: String,
    /// Whether it is read from now.
    pub is_fit: bool,
    /// How late it is: none where it does not answer, does not follow, or is later than is looked back.
    pub lag: Option<Duration>,
    /// Connections in use, and callers that wait for one.
    pub busy: usize,
}

pub(super) struct Replicas {
    all: Vec<Replica>,
    primary: Arc<Server>,
    max_lag: Duration,
    /// Where the primary was, and when; the oldest first.
    past: Mutex<VecDeque<(Instant, u64)>>,
    is_watched: AtomicBool,
    turn: AtomicUsize,
    alias: Alias,
}

struct Replica {
    server: Arc<Server>,
    seen: Mutex<Health>,
}

/// What was seen of a replica when it was last looked at.
#[derive(Clone, Copy, Default)]
struct Health {
    is_fit: bool,
    position: Option<u64>,
    lag: Option<Duration>,
}

impl Replicas {
    pub fn new(all: Vec<Arc<Server>>, primary: &Arc<Server>, max_lag: Duration, alias: &Alias) -> Arc<Self> {
        let all = all.into_iter().map(|server| Replica { server, seen: Mutex::default() }).collect();
        Arc::new(Self {
            all,
            primary: Arc::clone(primary),
            max_lag,
            past: Mutex::default(),
            is_watched: AtomicBool::new(false),
            turn: AtomicUsize::new(0),
            alias: Arc::clone(alias),
        })
    }

    /// Looks at them for the first time: before that, none is known to be fit.
    pub async fn ready(self: &Arc<Self>) {
        if !self.all.is_empty() {
            self.look().await;
            self.watch();
        }
    }

    pub fn servers(&self) -> impl Iterator<Item = &Arc<Server>> {
        self.all.iter().map(|replica| &replica.server)
    }

    pub fn status(&self) -> Vec<ReplicaStatus> {
        let status = |replica: &Replica| {
            let Health { is_fit, lag, .. } = *replica.health();
            ReplicaStatus { host: replica.server.host(), is_fit, lag, busy: replica.server.busy() }
        };
        self.all.iter().map(status).collect()
    }

    /// The replica to read from: of those that are fit the least busy, and among equals each in turn.
    pub fn choose(self: &Arc<Self>) -> Option<&Arc<Server>> {
        if self.all.is_empty() {
            return None;
        }
        self.watch();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.all.len();
        let (before, after) = self.all.split_at(turn);
        let fit = after.iter().chain(before).filter(|replica| replica.health().is_fit);
        fit.min_by_key(|replica| replica.server.busy()).map(|replica| &replica.server)
    }

    /// A replica that has come to that place in the log; waits a moment for one.
    pub async fn caught_up(self: &Arc<Self>, position: u64) -> Option<&Arc<Server>> {
        let server = self.choose()?;
        let replica = self.all.iter().find(|replica| Arc::ptr_eq(&replica.server, server))?;
        let is_there = |health: &Health| health.position.is_some_and(|at| at >= position);
        if is_there(&replica.health()) {
            return Some(server);
        }
        let until = tokio::time::Instant::now() + CATCH_UP;
        let there = async {
            let lease = server.lease().await.ok()?;
            let mut pause = Duration::from_millis(1);
            loop {
                let (follows, at) = position_of(&lease).await.ok()??;
                if !follows {
                    return None;
                }
                if at >= position {
                    replica.health().position = Some(at);
                    return Some(server);
                }
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
        };
        tokio::time::timeout_at(until, there).await.ok().flatten()
    }

    /// A caller found that this replica does not serve: it is left out until it is looked at again.
    pub fn leave_out(&self, server: &Arc<Server>) {
        let failed = self.all.iter().find(|replica| Arc::ptr_eq(&replica.server, server));
        if let Some(replica) = failed {
            replica.tell(Health::default(), &self.alias);
        }
    }

    /// Has a task look at the replicas. It ends with its runtime; then the next caller starts another.
    fn watch(self: &Arc<Self>) {
        if self.all.is_empty() || self.is_watched.load(Ordering::Relaxed) {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        if !self.is_watched.swap(true, Ordering::Relaxed) {
            runtime.spawn(watch(Watched(Arc::downgrade(self))));
        }
    }

    /// Looks at all servers once.
    async fn look(&self) {
        if let Some((_, position)) = ask(&self.primary).await {
            let mut past = self.past();
            past.push_back((Instant::now(), position));
            // The last one that is older than the limit tells what a replica must have.
            while past.get(1).is_some_and(|(when, _)| when.elapsed() >= self.max_lag) {
                past.pop_front();
            }
        }
        futures_util::future::join_all(self.all.iter().map(|replica| self.look_at(replica))).await;
    }

    async fn look_at(&self, replica: &Replica) {
        let health = match ask(&replica.server).await {
            Some((true, position)) => {
                let lag = self.lag(position);
                Health { is_fit: lag.is_some(), position: Some(position), lag }
            }
            // Promoted, or not there.
            Some((false, _)) | None => Health::default(),
        };
        replica.tell(health, &self.alias);
        if cfg!(feature = "metrics") {
            observe::lag(&self.alias, &replica.server.host(), health.lag);
        }
    }

    /// How late a replica was when it was last looked at.
    pub fn lag_of(&self, server: &Arc<Server>) -> Option<Duration> {
        let replica = self.all.iter().find(|replica| Arc::ptr_eq(&replica.server, server))?;
        replica.health().lag
    }

    /// How late a server at this place is; none if later than is allowed.
    fn lag(&self, position: u64) -> Option<Duration> {
        let past = self.past();
        let Some((last, at)) = past.back() else { return Some(Duration::ZERO) };
        if position >= *at {
            return Some(Duration::ZERO);
        }
        // When the primary was last where the replica is now.
        let (when, _) = past.iter().rev().find(|(_, at)| position >= *at)?;
        Some(last.duration_since(*when)).filter(|lag| *lag <= self.max_lag)
    }

    fn past(&self) -> MutexGuard<'_, VecDeque<(Instant, u64)>> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Replica {
    fn health(&self) -> MutexGuard<'_, Health> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, health: Health, alias: &Alias) {
        let before = std::mem::replace(&mut *self.health(), health);
        if before.is_fit != health.is_fit {
            let is = if health.is_fit { "is read from" } else { "is left out" };
            tracing::info!(connection = &**alias, server = self.server.host(), "the replica {is}");
        }
    }
}

/// Whether a server follows another, and where it is. None if it does not answer.
async fn ask(server: &Arc<Server>) -> Option<(bool, u64)> {
    let asked = async { position_of(&server.lease().await?).await };
    tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()?
}

async fn position_of(lease: &Lease) -> Result<Option<(bool, u64)>> {
    let row = lease.first_row(POSITION).await?;
    Ok(row.and_then(|row| Some((row.get(0)? == "t", parse_position(row.get(1)?)?))))
}

/// The end of the primary's log.
pub(super) async fn end_of_log(lease: &Lease) -> Result<u64> {
    match position_of(lease).await? {
        Some((_, position)) => Ok(position),
        None => Err(Error::NotFound { connection: Arc::clone(lease.alias()), model: "pg_lsn" }),
    }
}

async fn watch(watched: Watched) {
    loop {
        let Some(replicas) = watched.0.upgrade() else { return };
        if replicas.primary.is_closed() {
            return;
        }
        replicas.look().await;
        let pause = (replicas.max_lag / 4).clamp(Duration::from_millis(100), PAUSE);
        drop(replicas);
        tokio::time::sleep(pause).await;
    }
}

/// Tells when the task ends.
struct Watched(Weak<Replicas>);

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(replicas) = self.0.upgrade() {
            replicas.is_watched.store(false, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Replicas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.status()).finish()
    }
}
