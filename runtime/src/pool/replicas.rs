//! The servers that follow the primary: which of them are fit to serve reads, and which of these is the least busy.
//!
//! A task checks them once a second, or more often if `max_lag` is short. A replica is fit if it answers, follows the
//! primary (a promoted one does not, nor does one whose log is ahead of the primary's: it follows another, as after a
//! failover whose old primary still writes), and has replayed what the primary had on its disk `max_lag` ago. Both are log
//! positions, so that differences between clocks do not matter, and a primary without commits does not make its
//! replicas look late. A replica that fails a caller is left out at once, until the next check. While the primary
//! does not answer, the lag of its replicas stays what it was at its last answer.

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

use super::{
    lease::Lease,
    seen::{Seen, parse_position},
    server::Server,
    session::Session,
};
use crate::{
    error::{Alias, Error, Result},
    observe,
};

/// The longest pause between two checks.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a server may take to answer with its log position, including the time to connect. Shorter where callers wait
/// for a shorter time for a connection: those that wait for a replica that is down are sent to another server in time
/// (`a_replica_that_is_lost_fails_nobody`).
const PATIENCE: Duration = Duration::from_secs(2);

/// For which part of that time the question waits for a connection of the pool. If all of them are in use, it has one of
/// its own: a replica would count as fit for as long as they are (`a_replica_is_late_however_busy_the_primary_is`).
const TURN: u32 = 4;

/// How old the answer of a check may be: a program may have been stopped, or the runtime of the task that checks.
const TOO_OLD: Duration = Duration::from_secs(10);

/// How long a read that must see a write waits for a replica to replay it, before the read goes to the primary.
const CATCH_UP: Duration = Duration::from_millis(100);

/// How much later than asked for a server may end its own wait.
const SLACK: Duration = Duration::from_millis(20);

/// Asks a server whether it follows another, for its log position, and whether it has `WAIT FOR LSN`.
///
/// Of a primary it is how far its log is on the disk, for no more is sent to others: what an open transaction has written
/// may stay in memory until it commits (`an_open_transaction_makes_no_replica_late`).
const POSITION: &str = "SELECT pg_catalog.pg_is_in_recovery(), CASE WHEN pg_catalog.pg_is_in_recovery() \
     THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_flush_lsn() END, \
     pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 190000";

/// Asks a server for the end of its log, in memory too: with `synchronous_commit = off` a commit may not be on the disk
/// yet. Where another transaction's writes are at that end, no replica has them before they are on the disk, and the read
/// that waits for them goes to the primary after [`CATCH_UP`].
const END: &str = "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() \
     THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_insert_lsn() END";

/// The state of a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplicaStatus {
    /// The replica's host and port; no user, no password.
    pub host: String,
    /// Whether the replica serves reads now.
    pub is_fit: bool,
    /// How far the replica is behind the primary: none if it does not answer, does not follow, or is further behind
    /// than `max_lag`.
    pub lag: Option<Duration>,
    /// How many of the replica's connections are in use, plus the callers that wait for one.
    pub busy: usize,
}

pub(super) struct Replicas {
    all: Vec<Replica>,
    primary: Arc<Server>,
    max_lag: Duration,
    /// The primary's earlier log positions, and when it had them; the oldest first.
    past: Mutex<VecDeque<(Instant, u64)>>,
    is_watched: AtomicBool,
    turn: AtomicUsize,
    alias: Alias,
}

struct Replica {
    server: Arc<Server>,
    seen: Mutex<Health>,
}

/// What the last check found out about a replica.
#[derive(Clone, Copy, Default)]
struct Health {
    is_fit: bool,
    lag: Option<Duration>,
    when: Option<Instant>,
}

impl Health {
    /// Whether the replica was fit a moment ago.
    fn is_fit(&self) -> bool {
        self.is_fit && self.when.is_some_and(|when| when.elapsed() < TOO_OLD)
    }
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

    /// Checks the replicas for the first time: until then, none is known to be fit.
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
            let health = *replica.health();
            let (is_fit, lag) = (health.is_fit(), health.lag);
            ReplicaStatus { host: replica.server.host(), is_fit, lag, busy: replica.server.busy() }
        };
        self.all.iter().map(status).collect()
    }

    /// Chooses the replica to read from: the least busy of those that are fit, in turn among equals.
    pub fn choose(self: &Arc<Self>) -> Option<&Arc<Server>> {
        if self.all.is_empty() {
            return None;
        }
        self.watch();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.all.len();
        let (before, after) = self.all.split_at(turn);
        let fit = after.iter().chain(before).filter(|replica| replica.health().is_fit());
        fit.min_by_key(|replica| replica.server.busy()).map(|replica| &replica.server)
    }

    /// A connection to a replica that has replayed the log up to `position`; waits for it up to [`CATCH_UP`].
    ///
    /// The connection's own server is asked: a replica's URL may lead to several, each with another position
    /// (`what_a_replica_has_is_asked_on_the_connection_that_reads`).
    pub async fn caught_up(self: &Arc<Self>, position: u64) -> Option<Lease> {
        let server = self.choose()?;
        let until = Instant::now() + CATCH_UP;
        let there = async {
            let lease = server.lease().await.ok()?;
            let has_it = lease.has_replayed(position) || replays(&lease, position, until).await.ok()?;
            has_it.then_some(lease)
        };
        // The server that waits ends the wait itself: a statement given up here would cost a cancel request.
        tokio::time::timeout_at((until + SLACK).into(), there).await.ok()?
    }

    /// Leaves out a replica that failed a caller, until the next check.
    pub fn leave_out(&self, server: &Arc<Server>) {
        let failed = self.all.iter().find(|replica| Arc::ptr_eq(&replica.server, server));
        if let Some(replica) = failed {
            replica.tell(Health::default(), &self.alias);
        }
    }

    /// Starts the task that checks the replicas, if it does not run. It ends with its runtime; the next caller starts
    /// it anew.
    fn watch(self: &Arc<Self>) {
        if self.all.is_empty() || self.is_watched.load(Ordering::Relaxed) {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        if !self.is_watched.swap(true, Ordering::Relaxed) {
            runtime.spawn(watch(Watched(Arc::downgrade(self))));
        }
    }

    /// Checks all servers once.
    async fn look(&self) {
        if let Some(ServerPosition { position, .. }) = ask(&self.primary).await {
            let mut past = self.past();
            past.push_back((Instant::now(), position));
            // The latest position that is older than `max_lag` is the one that a replica must have replayed.
            while past.get(1).is_some_and(|(when, _)| when.elapsed() >= self.max_lag) {
                past.pop_front();
            }
        }
        futures_util::future::join_all(self.all.iter().map(|replica| self.look_at(replica))).await;
    }

    async fn look_at(&self, replica: &Replica) {
        let health = match ask(&replica.server).await {
            Some(ServerPosition { follows: true, position, .. }) if !self.is_ahead(position).await => {
                let lag = self.lag(position);
                Health { is_fit: lag.is_some(), lag, when: Some(Instant::now()) }
            }
            // The replica was promoted, follows another primary, or does not answer.
            _ => Health::default(),
        };
        replica.tell(health, &self.alias);
        if cfg!(feature = "metrics") {
            observe::lag(&self.alias, &replica.server.host(), health.lag);
        }
    }

    /// Whether this position of a replica is further than the primary's log is by now, as far as the primary answers. What
    /// a replica has is on the disk of the server that it follows.
    async fn is_ahead(&self, position: u64) -> bool {
        if self.past().back().is_none_or(|(_, at)| position <= *at) {
            return false;
        }
        ask(&self.primary).await.is_some_and(|primary| !primary.follows && position > primary.position)
    }

    /// How far a replica was behind when it was last checked.
    pub fn lag_of(&self, server: &Arc<Server>) -> Option<Duration> {
        let replica = self.all.iter().find(|replica| Arc::ptr_eq(&replica.server, server))?;
        replica.health().lag
    }

    /// How far a server at this log position is behind; none if further than `max_lag`.
    fn lag(&self, position: u64) -> Option<Duration> {
        let past = self.past();
        let Some((last, at)) = past.back() else { return Some(Duration::ZERO) };
        if position >= *at {
            return Some(Duration::ZERO);
        }
        // The last time when the primary was no further than the replica is now.
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
        if !health.is_fit {
            self.server.send_away();
        }
        if before.is_fit != health.is_fit {
            let is = if health.is_fit { "is read from" } else { "is left out" };
            tracing::info!(connection = &**alias, server = self.server.host(), "the replica {is}");
        }
    }
}

/// Where a server is in the log.
#[derive(Clone, Copy)]
struct ServerPosition {
    /// Whether it follows another server.
    follows: bool,
    position: u64,
    /// Whether it has `WAIT FOR LSN`, as PostgreSQL 19 and later have.
    can_wait: bool,
}

/// Asks a server where it is in the log. None if it does not answer.
async fn ask(server: &Arc<Server>) -> Option<ServerPosition> {
    let patience = (server.settings().acquire_timeout / 2).clamp(PATIENCE / 4, PATIENCE);
    let asked = async {
        match tokio::time::timeout(patience / TURN, server.lease()).await {
            Ok(lease) => position_of(&*lease.ok()?).await.ok()?,
            Err(_) => position_of(&server.beside().await?).await.ok()?,
        }
    };
    tokio::time::timeout(patience, asked).await.ok()?
}

async fn position_of(session: &Session) -> Result<Option<ServerPosition>> {
    let row = session.first_row(POSITION).await?;
    Ok(row.and_then(|row| {
        let position = parse_position(row.get(1)?)?;
        Some(ServerPosition { follows: row.get(0)? == "t", position, can_wait: row.get(2)? == "t" })
    }))
}

/// Waits until a replica has replayed the log up to `position`. False if it has not by `until`, or follows no server any
/// longer.
async fn replays(session: &Session, position: u64, until: Instant) -> Result<bool> {
    let mut pause = Duration::from_millis(1);
    loop {
        let Some(at) = position_of(session).await?.filter(|at| at.follows) else { return Ok(false) };
        session.note_replayed(at.position);
        let left = until.saturating_duration_since(Instant::now());
        if at.position >= position || left.is_zero() {
            return Ok(at.position >= position);
        }
        if at.can_wait {
            return wait_for(session, position, left).await;
        }
        tokio::time::sleep(pause.min(left)).await;
        pause *= 2;
    }
}

/// Lets the server wait, where it can (<https://www.postgresql.org/docs/19/sql-wait.html>): it answers `success`,
/// `timeout`, or `not in recovery` if it was promoted.
async fn wait_for(session: &Session, position: u64, within: Duration) -> Result<bool> {
    let (seen, within) = (Seen::<()>::new(position), within.as_millis().max(1));
    let wait = format!("WAIT FOR LSN '{seen}' WITH (TIMEOUT '{within}ms', NO_THROW)");
    let row = session.first_row(&wait).await?;
    let has_it = row.is_some_and(|row| row.get(0) == Some("success"));
    if has_it {
        session.note_replayed(position);
    }
    Ok(has_it)
}

/// The end of the primary's log.
pub(super) async fn end_of_log(lease: &Lease) -> Result<u64> {
    let row = lease.first_row(END).await?;
    match row.and_then(|row| parse_position(row.get(0)?)) {
        Some(position) => Ok(position),
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
        let longest = replicas.max_lag.min(replicas.primary.settings().acquire_timeout);
        let pause = (longest / 4).clamp(Duration::from_millis(100), PAUSE);
        drop(replicas);
        tokio::time::sleep(pause).await;
    }
}

/// Clears `is_watched` when the task ends.
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
